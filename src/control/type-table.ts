import { MctpError } from '../base/errors';
import { MessageType } from '../base/ids';
import { BASE_SPECIFICATION, VERSION_LENGTH } from './commands/get-mctp-version-support';
import { VendorFormat, type VendorType } from './commands/get-vendor-defined-message-support';

/** Base specification versions we speak: 1.0, 1.1, 1.2, 1.3.1, lowest first (R-DISC-130's table). */
export const BASE_VERSIONS: readonly Uint8Array[] = [
  Uint8Array.of(0xf1, 0xf0, 0xff, 0x00),
  Uint8Array.of(0xf1, 0xf1, 0xff, 0x00),
  Uint8Array.of(0xf1, 0xf2, 0xff, 0x00),
  Uint8Array.of(0xf1, 0xf3, 0xf1, 0x00),
];

/** A selector is one byte, and 0xff says "no more": selectors 0..254 (R-DBUS-11). */
const MOST_VENDOR_TYPES = 255;
const FIRST_TYPE = 0x01;
const LAST_TYPE = 0x7d;

interface TypeEntry {
  readonly owner: string;
  readonly type: number;
  readonly versions: readonly Uint8Array[];
}

interface VendorEntry extends VendorType {
  readonly owner: string;
}

/**
 * What clients registered (R-DBUS-9..12), and thereby what our own answers to Get Message Type Support, Get MCTP
 * Version Support and Get Vendor Defined Message Support say from now on (R-DISC-133).
 */
export class TypeTable {
  private readonly typeEntries: TypeEntry[] = [];
  private readonly vendorEntries: VendorEntry[] = [];

  /** @param baseVersions answer for the base specification and for type 0, 4 bytes each as on the wire */
  constructor(private readonly baseVersions: readonly Uint8Array[] = BASE_VERSIONS) {}

  /**
   * @param owner who registers; a D-Bus client's unique name
   * @param type 0x01..0x7d
   * @param versions 4 bytes each as on the wire, at least one (R-DBUS-10 is the caller's matter)
   * @throws MctpError `invalid-message-type`, `no-versions`, `type-already-registered` in this order (R-DBUS-9),
   *   `invalid-arguments` for a version of another length
   */
  registerType(owner: string, type: number, versions: readonly Uint8Array[]): void {
    if (!Number.isInteger(type) || type < FIRST_TYPE || type > LAST_TYPE) {
      throw new MctpError('invalid-message-type', `message type ${type} is outside 1..125`);
    }
    if (versions.length === 0) throw new MctpError('no-versions', `message type ${type} without versions`);
    if (this.typeEntries.some((entry) => entry.type === type)) {
      throw new MctpError('type-already-registered', `message type ${type} is already registered`);
    }
    if (versions.some((version) => version.length !== VERSION_LENGTH)) {
      throw new MctpError('invalid-arguments', 'a version has 4 bytes');
    }
    this.typeEntries.push({ owner, type, versions: versions.map((version) => version.slice()) });
  }

  /**
   * @throws MctpError `bad-vendor-format`, `bad-vendor-variant` (the ID does not fit the format),
   *   `vendor-type-already-registered`, `too-many-vendor-types` (R-DBUS-11)
   */
  registerVendorType(
    owner: string,
    set: Omit<VendorType, 'format'> & Readonly<Record<'format', number>>,
  ): void {
    const { format, vendor, subtype } = set;
    if (format !== VendorFormat.pci && format !== VendorFormat.iana) {
      throw new MctpError('bad-vendor-format', `vendor ID format ${format} is neither 0 (PCI) nor 1 (IANA)`);
    }
    if (!fits(vendor, format === VendorFormat.pci ? 16 : 32) || !fits(subtype, 16)) {
      throw new MctpError('bad-vendor-variant', `vendor ID ${vendor} or type ${subtype} is out of range`);
    }
    const same = (entry: VendorType): boolean =>
      entry.format === format && entry.vendor === vendor && entry.subtype === subtype;
    if (this.vendorEntries.some(same)) {
      throw new MctpError('vendor-type-already-registered', `vendor ${vendor} type ${subtype} is registered`);
    }
    if (this.vendorEntries.length >= MOST_VENDOR_TYPES) {
      throw new MctpError('too-many-vendor-types', `there are ${MOST_VENDOR_TYPES} vendor types already`);
    }
    this.vendorEntries.push({ owner, format, vendor, subtype });
  }

  /** Takes back everything an owner registered (R-DBUS-12). */
  removeOwner(owner: string): void {
    removeAll(this.typeEntries, owner);
    removeAll(this.vendorEntries, owner);
  }

  /** Type 0, the registered types in their order, then the vendor types there are sets of. */
  types(): readonly number[] {
    const has = (format: number): boolean => this.vendorEntries.some((entry) => entry.format === format);
    return [
      MessageType.control,
      ...this.typeEntries.map((entry) => entry.type),
      ...(has(VendorFormat.pci) ? [MessageType.vendorPci] : []),
      ...(has(VendorFormat.iana) ? [MessageType.vendorIana] : []),
    ];
  }

  /** `undefined`: the type is not supported; always so for 0x7e and 0x7f. */
  versions(type: number): readonly Uint8Array[] | undefined {
    if (type === BASE_SPECIFICATION || type === MessageType.control) return this.baseVersions;
    return this.typeEntries.find((entry) => entry.type === type)?.versions;
  }

  vendorTypes(): readonly VendorType[] {
    return this.vendorEntries;
  }
}

/** The last entry moves into a freed slot (R-DBUS-12), so the order of what remains may change. */
function removeAll(entries: { readonly owner: string }[], owner: string): void {
  for (let i = 0; i < entries.length;) {
    if (entries[i]?.owner !== owner) {
      i += 1;
      continue;
    }
    const last = entries.pop();
    if (last !== undefined && i < entries.length) entries[i] = last;
  }
}

function fits(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}
