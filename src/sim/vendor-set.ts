/** One set that a device reports in Get Vendor Defined Message Support (DSP0236 §12.8). */
export interface VendorSet {
  readonly format: 'pci' | 'iana';
  readonly vendor: number;
  readonly subtype: number;
}

/** Format byte, vendor ID (2 or 4 bytes) and set type, most significant byte first. */
export function vendorSetBytes(set: VendorSet): number[] {
  const subtype = [(set.subtype >> 8) & 0xff, set.subtype & 0xff];
  if (set.format === 'pci') return [0, (set.vendor >> 8) & 0xff, set.vendor & 0xff, ...subtype];
  const vendor = [24, 16, 8, 0].map((shift) => (set.vendor >>> shift) & 0xff);
  return [1, ...vendor, ...subtype];
}
