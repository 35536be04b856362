import { Iface, endpointPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

/** As JSON, where a variant is its signature and value. */
async function vendorTypes(manager: VirtualManager): Promise<string> {
  return JSON.stringify(await manager.published(9, Iface.endpoint, 'VendorDefinedMessageTypes'));
}

const many = Array.from({ length: 20 }, (_, subtype) => ({ format: 'pci', vendor: 0x1af4, subtype }));

test.each([
  ['none of the two types: nothing is asked', [0, 4], [{ format: 'pci', vendor: 1 }], []],
  [
    'one of each format',
    [126, 127],
    [
      { format: 'pci', vendor: 0x8086, subtype: 1 },
      { format: 'iana', vendor: 40981, subtype: 2 },
    ],
    [
      [0, { signature: 'q', value: 32902 }, 1],
      [1, { signature: 'u', value: 40981 }, 2],
    ],
  ],
  [
    'the largest numbers',
    [127],
    [{ format: 'iana', vendor: 0xffffffff, subtype: 0xffff }],
    [[1, { signature: 'u', value: 0xffffffff }, 0xffff]],
  ],
  ['twenty sets', [126], many, many.map(({ subtype }) => [0, { signature: 'q', value: 0x1af4 }, subtype])],
])('R-DBUS-22 R-DISC-41 %s', async (_what, types, vendor_types, expected) => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, types: [...types], vendor_types }]);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
  expect(await vendorTypes(manager)).toBe(JSON.stringify(expected));
  expect(await manager.published(9, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.from(types));
});

test('R-DISC-41 a refused list is empty for good, the endpoint is published', async () => {
  const device = { address: 0x20, types: [126], refuses: { 'get-vendor-defined': 0x05 } };
  await using manager = await VirtualManager.start(bus, [device]);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
  expect(await vendorTypes(manager)).toBe('[]');
  await manager.daemon.clock.advance(60_000);
  expect(await manager.news()).toEqual([`InterfacesAdded ${endpointPath(1, 9)}`]);
});
