/** Numbers the standards assign: EIDs (DSP0236 §8.2), message types and physical bindings (DSP0239). */

export const EID_NULL = 0;
export const EID_FIRST = 8;
export const EID_LAST = 254;
export const EID_BROADCAST = 255;

/** 8..254: the EIDs an endpoint can have. */
export function isEndpointEid(eid: number): boolean {
  return Number.isInteger(eid) && eid >= EID_FIRST && eid <= EID_LAST;
}

export const MessageType = {
  control: 0x00,
  pldm: 0x01,
  ncsi: 0x02,
  ethernet: 0x03,
  nvmeMi: 0x04,
  spdm: 0x05,
  securedMessages: 0x06,
  cxlFmApi: 0x07,
  cxlCci: 0x08,
  pcieMi: 0x09,
  vendorPci: 0x7e,
  vendorIana: 0x7f,
} as const;

/** Short names as a person types them (`mctpctl scan --type nvme-mi`). */
export const MESSAGE_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [MessageType.control, 'control'],
  [MessageType.pldm, 'pldm'],
  [MessageType.ncsi, 'nc-si'],
  [MessageType.ethernet, 'ethernet'],
  [MessageType.nvmeMi, 'nvme-mi'],
  [MessageType.spdm, 'spdm'],
  [MessageType.securedMessages, 'secured'],
  [MessageType.cxlFmApi, 'cxl-fm'],
  [MessageType.cxlCci, 'cxl-cci'],
  [MessageType.pcieMi, 'pcie-mi'],
  [MessageType.vendorPci, 'vendor-pci'],
  [MessageType.vendorIana, 'vendor-iana'],
]);

/** Physical transport binding identifiers (DSP0239 table 3), as in IFLA_MCTP_PHYS_BINDING. */
export const PhysicalBinding = {
  unspecified: 0,
  smbus: 1,
  pcieVdm: 2,
  usb: 3,
  kcs: 4,
  serial: 5,
  i3c: 6,
  mmbi: 7,
  pcc: 8,
  ucie: 9,
  vendor: 0xff,
} as const;

/** MCTP header bytes in front of every packet (DSP0236 §8.1). "MTU" counts them, "transmission unit" does not. */
export const HEADER_SIZE = 4;
/** Baseline transmission unit: packet payload every endpoint accepts (DSP0236 §8.3). */
export const BASELINE_UNIT = 64;
export const BASELINE_MTU = BASELINE_UNIT + HEADER_SIZE;
/** Message size limit, type byte included: what Linux and libmctp take. */
export const MAX_MESSAGE = 65536;
