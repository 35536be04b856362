import { EID_LAST, PhysicalBinding } from '../base/ids';
import type { Report } from './report';
import type { DeviceTable } from './device';
import { eidOf, networkOf } from './effective';
import type { ConfigFile } from './file';
import type { LinkTable } from './link';
import type { BindingWord } from './schema';
import type { KeyPath } from './problems';
import type { InterfaceTable } from './upstream';

interface AddressRule {
  readonly fits: (address: readonly number[]) => boolean;
  readonly expected: string;
}

const NONE: AddressRule = {
  fits: (each) => each.length === 0,
  expected: '[]: the link has one device and no addresses',
};
const ONE_BYTE: AddressRule = { fits: (each) => each.length === 1, expected: 'one byte' };
const SMBUS: AddressRule = {
  fits: ([first = 0x80, ...more]) => more.length === 0 && first <= 0x7f,
  expected: 'one byte 0..127, the 7-bit address',
};

/** R-DBUS-17. */
const BY_BINDING: Readonly<Record<BindingWord, AddressRule>> = {
  serial: NONE,
  i2c: SMBUS,
  // Bus and device/function; with flit mode there may be more (unverified), hence no upper limit below 4.
  pcie: {
    fits: (each) => each.length >= 2 && each.length <= 4,
    expected: '2 to 4 bytes: bus, device/function',
  },
  loopback: ONE_BYTE,
  sim: ONE_BYTE,
};

const BY_PHYSICAL_BINDING: ReadonlyMap<number, AddressRule> = new Map([
  [PhysicalBinding.smbus, SMBUS],
  [PhysicalBinding.serial, NONE],
  [PhysicalBinding.usb, NONE],
]);

/** Buses with addresses, which are never probed blindly (D-9). */
const SHARED: ReadonlySet<number> = new Set([
  PhysicalBinding.smbus,
  PhysicalBinding.pcieVdm,
  PhysicalBinding.i3c,
]);

export function checkDevices(file: ConfigFile, report: Report): void {
  const taken = new Map<number, EidBook>();
  const bookOf = (link: LinkTable): EidBook => {
    const book = taken.get(networkOf(link)) ?? new EidBook();
    taken.set(networkOf(link), book);
    return book;
  };
  for (const link of file.link) {
    const eid = eidOf(file, link);
    if (eid !== undefined) bookOf(link).ours.add(eid);
  }
  file.link.forEach((link, index) => {
    const path = ['link', index];
    checkList(link.endpoint, { path, rule: BY_BINDING[link.binding], book: bookOf(link) }, report);
    if (link.discover === 'off' && link.endpoint.length > 0) warnUnused(path, report);
  });
}

export function checkInterfaces(rules: readonly InterfaceTable[], report: Report): void {
  rules.forEach((rule, index) => {
    const path = ['interface', index];
    const binding =
      rule.match.kind === 'phys-type' ? rule.match.physicalBinding : PhysicalBinding.unspecified;
    // Networks of kernel links are not known here, so only devices of one rule are compared.
    checkList(rule.endpoint, { path, rule: BY_PHYSICAL_BINDING.get(binding), book: new EidBook() }, report);
    if (rule.discover === 'off' && rule.endpoint.length > 0) warnUnused(path, report);
    if (rule.discover === 'probe' && SHARED.has(binding)) {
      report.error([...path, 'discover'], '"probe"', '"off" or "static": the bus is not point-to-point');
    }
  });
}

function warnUnused(path: KeyPath, report: Report): void {
  report.warn([...path, 'endpoint'], 'devices beside discover = "off"', '"static", or they are not set up');
}

interface DeviceList {
  readonly path: KeyPath;
  /** Absent: any address of up to 32 bytes. */
  readonly rule: AddressRule | undefined;
  readonly book: EidBook;
}

function checkList(devices: readonly DeviceTable[], list: DeviceList, report: Report): void {
  const addresses = new Set<string>();
  devices.forEach((device, index) => {
    const path = [...list.path, 'endpoint', index];
    const address = `[${device.address.join(', ')}]`;
    if (list.rule?.fits(device.address) === false)
      report.error([...path, 'address'], address, list.rule.expected);
    if (addresses.has(address))
      report.error([...path, 'address'], `${address} again`, 'an address of its own');
    addresses.add(address);
    checkEid(device, path, list.book, report);
  });
}

function checkEid(device: DeviceTable, path: KeyPath, book: EidBook, report: Report): void {
  const { eid, pool_size: pool = 0 } = device;
  if (eid === undefined) {
    if (device.pool_size === undefined) return;
    report.error([...path, 'pool_size'], `${pool} without eid`, 'an eid, which the pool follows');
    return;
  }
  if (eid + pool > EID_LAST) {
    const expected = `eid + pool_size <= ${EID_LAST} (R-DBUS-38)`;
    report.error([...path, 'pool_size'], `${pool} after EID ${eid}`, expected);
    return;
  }
  const clash = book.claim(eid, pool);
  if (clash === undefined) return;
  report.error(
    [...path, 'eid'],
    `${eid}${pool > 0 ? ` with a pool to ${eid + pool}` : ''}`,
    `other EIDs: ${clash}`,
  );
}

/** Who has which EID of a network by configuration. */
class EidBook {
  /** Our own; any number of our links may share one. */
  readonly ours = new Set<number>();
  private readonly devices = new Set<number>();

  /** Takes `eid` and the `pool` EIDs after it, or says why not. */
  claim(eid: number, pool: number): string | undefined {
    const wanted = Array.from({ length: pool + 1 }, (_, offset) => eid + offset);
    const own = wanted.find((each) => this.ours.has(each));
    if (own !== undefined) return `${own} is our own on this network`;
    const other = wanted.find((each) => this.devices.has(each));
    if (other !== undefined) return `${other} is another device's on this network`;
    for (const each of wanted) this.devices.add(each);
    return undefined;
  }
}
