/** Response status of NVMe-MI (section "Response Message Status Values"). */
export const NvmeMiStatus = {
  success: 0x00,
  moreProcessingRequired: 0x01,
  internalError: 0x02,
  invalidOpcode: 0x03,
  invalidParameter: 0x04,
  invalidCommandSize: 0x05,
  invalidInputDataSize: 0x06,
  accessDenied: 0x07,
  vpdUpdatesExceeded: 0x20,
  pcieInaccessible: 0x21,
  bufferClearedBySanitize: 0x22,
  sanitizeInProgress: 0x2a,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'success'],
  [0x01, 'more processing required'],
  [0x02, 'internal error'],
  [0x03, 'invalid opcode'],
  [0x04, 'invalid parameter'],
  [0x05, 'invalid command size'],
  [0x06, 'invalid input data size'],
  [0x07, 'access denied'],
  [0x20, 'VPD updates exceeded'],
  [0x21, 'PCIe inaccessible'],
  [0x22, 'MEB cleared by sanitize'],
  [0x23, 'enclosure services failure'],
  [0x24, 'enclosure services transfer failure'],
  [0x25, 'enclosure failure'],
  [0x26, 'enclosure services transfer refused'],
  [0x27, 'unsupported enclosure function'],
  [0x28, 'enclosure services unavailable'],
  [0x29, 'enclosure degraded'],
  [0x2a, 'sanitize in progress'],
]);

/** `PCIe inaccessible`; what nobody has named is `vendor specific` from 0xe0 on and `reserved` below. */
export function statusName(status: number): string {
  return NAMES.get(status) ?? (status >= 0xe0 ? 'vendor specific' : 'reserved');
}

/** What the status means for whoever asked. */
export type StatusAdvice = 'do-not-ask-again' | 'retry-later' | 'none';

/**
 * Only "invalid opcode" says that the command will never work. PCIe is inaccessible while the host is off, and a
 * sanitize operation comes to its end: both pass.
 */
export function adviceFor(status: number): StatusAdvice {
  if (status === NvmeMiStatus.invalidOpcode) return 'do-not-ask-again';
  const passes = status === NvmeMiStatus.pcieInaccessible || status === NvmeMiStatus.sanitizeInProgress;
  return passes ? 'retry-later' : 'none';
}
