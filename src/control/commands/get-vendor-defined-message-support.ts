import { Malformed, Reader, atLeast, exactly } from '../../base/reader';
import { packed, u16, u32, type ControlCommand } from '../codec';

export const VendorFormat = { pci: 0, iana: 1 } as const;
/** Next selector: that was the last set. */
export const LAST_SELECTOR = 0xff;

/** One vendor defined message set. */
export interface VendorType {
  /** 0: `vendor` is a PCI vendor ID (16 bits); 1: an IANA enterprise number (32 bits). */
  readonly format: 0 | 1;
  readonly vendor: number;
  /** Command set type or version, meaning by vendor; 16 bits. */
  readonly subtype: number;
}

export interface GetVendorTypeRequest {
  /** 0 first. */
  readonly selector: number;
}

export interface GetVendorTypeResponse extends VendorType {
  /** {@link LAST_SELECTOR} or the sent selector + 1; the caller guards its loop (R-DISC-41). */
  readonly nextSelector: number;
}

export const getVendorDefinedMessageSupport: ControlCommand<GetVendorTypeRequest, GetVendorTypeResponse> = {
  code: 0x06,
  name: 'Get Vendor Defined Message Support',
  summary: 'Asks for one vendor defined message set; the selector walks through them.',
  encodeRequest: ({ selector }) => packed(selector),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { selector: reader.u8() });
  },
  encodeResponse({ nextSelector, format, vendor, subtype }) {
    const id = format === VendorFormat.pci ? u16(vendor) : u32(vendor);
    return packed(nextSelector, format, ...id, ...u16(subtype));
  },
  decodeResponse(data, options = {}) {
    const reader = new Reader(data);
    const nextSelector = reader.u8();
    const format = reader.u8();
    if (format !== VendorFormat.pci && format !== VendorFormat.iana) {
      return new Malformed(`vendor ID format ${format}`);
    }
    const vendor = format === VendorFormat.pci ? reader.u16() : reader.u32();
    const value = { nextSelector, format, vendor, subtype: reader.u16() } as const;
    // 9 or 11 bytes with the headers, no more (R-DISC-41); PCIe VDM devices pad.
    return options.allowTrailing === true ? atLeast(reader, value) : exactly(reader, value);
  },
};
