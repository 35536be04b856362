import type { Binding } from '../../../src/core/binding';

/** One MCTP device of the fake kernel. */
export interface FakeLink {
  readonly index: number;
  name: string;
  network: number;
  /** What it hangs on; a device without one sends into the void. */
  port?: Binding;
  up: boolean;
  mtu: number;
  readonly minMtu: number;
  readonly maxMtu: number;
  readonly address: Uint8Array;
  readonly loopback: boolean;
  /** In sysfs, below its root. */
  readonly devicePath?: string;
  /** Told by newer kernels only. */
  readonly physicalBinding?: number;
  /** In the order they were added: the first is the source of what we send. */
  eids: number[];
}

export interface FakeRoute {
  readonly first: number;
  readonly extent: number;
  readonly mtu: number;
  /** Ifindex; 0 with a gateway. */
  readonly link: number;
  readonly gateway?: { readonly network: number; readonly eid: number };
}

export interface FakeNeighbour {
  readonly link: number;
  readonly eid: number;
  readonly address: Uint8Array;
}

/** What the fake kernel knows. Newest route first, as the real one looks them up. */
export class FakeState {
  readonly links = new Map<number, FakeLink>();
  routes: FakeRoute[] = [];
  neighbours: FakeNeighbour[] = [];

  linkOf(network: number, eid: number): FakeLink | undefined {
    return [...this.links.values()].find((link) => link.network === network && link.eids.includes(eid));
  }

  /** Link and physical address towards an EID; the MTU is not looked at. */
  wayTo(network: number, eid: number): { readonly link: FakeLink; readonly address: Uint8Array } | undefined {
    for (const route of this.routes) {
      if (eid < route.first || eid > route.first + route.extent) continue;
      if (route.gateway !== undefined) {
        if (route.gateway.network !== network) continue;
        return this.wayTo(network, route.gateway.eid);
      }
      const link = this.links.get(route.link);
      if (link === undefined || link.network !== network) continue;
      const neighbour = this.neighbours.find((each) => each.link === link.index && each.eid === eid);
      return { link, address: neighbour?.address ?? new Uint8Array(link.address.length) };
    }
    return undefined;
  }
}
