import { Iface } from '../../base/bus-names';
import { MctpError } from '../../base/errors';
import type { ErrorContext } from '../../base/errors';
import type { Variant } from '../../bus/variant';
import type { ClientWatch } from '../client-watch';
import type { RootInfo } from '../root-info';
import type { Rows } from '../rows';

export interface RootSubject {
  readonly info: RootInfo;
  readonly clients: ClientWatch;
}

/** `au.com.codeconstruct.MCTP1`: the root object (R-DBUS-9..12). */
export const rootRows: Rows<RootSubject> = {
  name: Iface.root,
  methods: {
    RegisterTypeSupport: async ({ info, clients }, args, { sender }) => {
      const type = args.number(0);
      const versions = args.numbers(1).map(hostOrder);
      within({ type }, () => info.registerType(sender, type, versions));
      await clients.watch(sender);
      return [];
    },
    RegisterVDMTypeSupport: async ({ info, clients }, args, { sender }) => {
      const format = args.number(0);
      const vendor = vendorId(format, args.variant(1));
      within({ format }, () => info.registerVendorType(sender, { format, vendor, subtype: args.number(2) }));
      await clients.watch(sender);
      return [];
    },
  },
  properties: {},
};

/** The four bytes as they lie in memory go out on the wire: 0xF1F2F3F4 as F4 F3 F2 F1 here (R-DBUS-10). */
function hostOrder(version: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(version).buffer);
}

/** @throws MctpError `bad-vendor-format`, `bad-vendor-variant` (R-DBUS-11) */
function vendorId(format: number, data: Variant): number {
  const expected = VENDOR_ID[format];
  if (expected === undefined)
    throw new MctpError('bad-vendor-format', 'unknown vendor ID format', { format });
  if (data.signature !== expected.signature || typeof data.value !== 'number') {
    const context = { expected: expected.name, contains: data.signature };
    throw new MctpError('bad-vendor-variant', 'the vendor ID has the wrong type', context);
  }
  return data.value;
}

const VENDOR_ID: Readonly<Record<number, { readonly name: string; readonly signature: string }>> = {
  0: { name: 'PCIe', signature: 'q' },
  1: { name: 'IANA', signature: 'u' },
};

/** The error texts name what was asked for. */
function within(context: ErrorContext, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof MctpError)) throw error;
    throw new MctpError(error.code, error.message, { ...context, ...error.context }, { cause: error });
  }
}
