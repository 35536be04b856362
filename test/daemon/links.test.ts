import { EMPTY } from '../../src/base/bytes';
import { parseConfig } from '../../src/config/load';
import { ConfiguredLinks } from '../../src/daemon/links';
import type { Platform } from '../../src/daemon/platform';
import { endpoint, link, localEndpoint } from '../dbus/harness';

const ITEM = '/xyz/openbmc_project/inventory/system/drive';
const CONFIGURATION = `
[[link]]
name = "mctp0"
binding = "loopback"
[[link.endpoint]]
address = [0x19]
inventory = "${ITEM}0"
[[link.endpoint]]
address = [0x1a]

[[link]]
name = "serial0"
binding = "serial"
path = "/dev/ttyS0"
[[link.endpoint]]
address = []
inventory = "${ITEM}1"
`;

const links = new ConfiguredLinks(parseConfig(CONFIGURATION, 'test').config, {} as Platform);
const serial = link({ index: 2, name: 'serial0' });

test('R-CONS-29 an endpoint has the inventory item of the device at its link and physical address', () => {
  expect(links.inventory(endpoint(9), link())).toBe(`${ITEM}0`);
  expect(links.inventory(endpoint(10), link())).toBeUndefined();
  expect(links.inventory(endpoint(9), link({ name: 'mctp1' }))).toBeUndefined();
  expect(links.inventory(endpoint(9, { physicalAddress: EMPTY, link: 2 }), serial)).toBe(`${ITEM}1`);
});

test('R-CONS-29 what is ours, or behind a bridge, or reached no known way is no configured device', () => {
  const onSerial = { physicalAddress: EMPTY, link: 2 };
  expect(links.inventory(endpoint(12, { ...onSerial, bridge: 11 }), serial)).toBeUndefined();
  expect(links.inventory(localEndpoint(8, onSerial), serial)).toBeUndefined();
  expect(
    links.inventory(endpoint(12, { physicalAddress: EMPTY, link: undefined }), undefined),
  ).toBeUndefined();
});

describe('R-DISC-124 a link of the kernel that is renamed', () => {
  const RULES = `
[[interface]]
match = { path = "/devices/*/i2c-3" }
role = "endpoint"
[[interface.endpoint]]
address = [0x1d]
[[interface]]
match = "all"
`;
  const kernelLink = (name: string) => link({ index: 3, name, backend: 'kernel' });
  /** What sysfs has at the moment. */
  const names = new Map<string, string>();
  const sysfs = { devicePath: (name: string) => names.get(name), attribute: () => undefined };
  let ruled: ConfiguredLinks;

  beforeEach(() => {
    names.clear();
    names.set('mctpi2c3', '/devices/platform/i2c-3');
    ruled = new ConfiguredLinks(parseConfig(RULES, 'test').config, { ...({} as Platform), sysfs });
  });

  test('keeps what was found under its first name, whenever sysfs follows', () => {
    expect(ruled.role(kernelLink('mctpi2c3'))).toBe('Endpoint');
    names.clear();
    expect(ruled.role(kernelLink('mctpi2c3'))).toBe('Endpoint');
    names.set('bmc0', '/devices/platform/other');
    expect(ruled.role(kernelLink('bmc0'))).toBe('Endpoint');
    expect(ruled.discover(kernelLink('bmc0')).endpoints).toHaveLength(1);
  });

  test('one that comes after it under the same index is looked up anew', () => {
    expect(ruled.role(kernelLink('mctpi2c3'))).toBe('Endpoint');
    ruled.forget(3);
    names.clear();
    expect(ruled.role(kernelLink('mctpi2c3'))).toBe('BusOwner');
  });
});
