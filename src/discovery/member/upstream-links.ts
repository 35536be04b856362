import type { Net, NetLink } from '../../core/net';
import type { Bridging } from '../settings';

/** Which links ask for a pool, and which are supplied from it, by configuration (R-DISC-170). */
export class UpstreamLinks {
  constructor(
    private readonly net: Net,
    private readonly bridging: (link: NetLink) => Bridging,
  ) {}

  /** EIDs to ask the bus owner of a link for; 0 = none. */
  poolRequest(link: NetLink): number {
    return this.bridging(link).poolRequest;
  }

  /** The link gives EIDs of a pool only, and has none of its own. */
  isSupplied(link: NetLink): boolean {
    return this.bridging(link).upstream !== undefined;
  }

  /** The link whose pool is given on this one; `undefined`: none, or it is not there. */
  above(link: NetLink): NetLink | undefined {
    const { upstream } = this.bridging(link);
    return this.net.links().find((each) => each.name === upstream);
  }

  /** The links on which the pool of this one is given. */
  below(link: NetLink): readonly NetLink[] {
    return this.net.links().filter((each) => this.bridging(each).upstream === link.name);
  }
}
