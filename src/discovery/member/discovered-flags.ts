import { PhysicalBinding } from '../../base/ids';
import type { DiscoveredFlag } from '../../control/responder-host';
import type { NetLink } from '../../core/net';

/** The Discovered flags of our links: PCIe VDM links have one, initially clear, others have none (R-DISC-140). */
export class DiscoveredFlags {
  private readonly discovered = new Set<number>();

  /** @param cleared a flag that was set is clear now; told the index of its link */
  constructor(
    private readonly linkOf: (index: number) => NetLink | undefined,
    private readonly cleared: (link: number) => void,
  ) {}

  of(link: number): DiscoveredFlag | undefined {
    if (!this.has(link)) return undefined;
    return { isSet: this.discovered.has(link), clear: () => this.clear(link) };
  }

  /** Nothing happens on a link without a flag. */
  set(link: number): void {
    if (this.has(link)) this.discovered.add(link);
  }

  /** The link is gone. */
  forget(link: number): void {
    this.discovered.delete(link);
  }

  private clear(link: number): void {
    if (this.discovered.delete(link)) this.cleared(link);
  }

  private has(link: number): boolean {
    return this.linkOf(link)?.physicalBinding === PhysicalBinding.pcieVdm;
  }
}
