import { MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import { Emitter } from '../base/events';
import { isEndpointEid } from '../base/ids';
import type { Binding } from './binding';
import type { LinkPort } from './link-port';
import type { NetEvent, NetLink } from './net';
import type { Ingress } from './tags';

/** One bus we are attached to. */
export interface RouterLink {
  /** As it is now; replaced whole at each change. */
  info: NetLink;
  readonly binding: Binding;
  readonly port: LinkPort;
  readonly ingress: Ingress;
  /** Packets for others pass between the links that have this set. */
  readonly forward: boolean;
  /** `link-added` was told, so changes are told too. */
  announced: boolean;
}

/** The links of a router with our EIDs on them, and the events about both. */
export class LinkTable {
  private readonly table = new Map<number, RouterLink>();
  private readonly events = new Emitter<NetEvent>();

  constructor(private readonly onDefect: (error: unknown) => void) {}

  on(listener: (event: NetEvent) => void): Subscription {
    return this.events.on(listener);
  }

  all(): readonly RouterLink[] {
    return [...this.table.values()];
  }

  get(index: number): RouterLink | undefined {
    return this.table.get(index);
  }

  /** @throws MctpError `unknown-link` */
  require(index: number): RouterLink {
    const link = this.table.get(index);
    if (link === undefined) throw new MctpError('unknown-link', `there is no link with index ${index}`);
    return link;
  }

  add(link: RouterLink): void {
    this.table.set(link.info.index, link);
  }

  announce(link: RouterLink): void {
    link.announced = true;
    this.tell({ kind: 'link-added', link: link.info });
  }

  remove(link: RouterLink): void {
    this.table.delete(link.info.index);
    if (link.announced) this.tell({ kind: 'link-removed', link: link.info });
    link.announced = false;
  }

  setUp(link: RouterLink, up: boolean): void {
    const before = link.info;
    if (before.up === up) return;
    link.info = { ...before, up };
    if (link.announced) this.tell({ kind: 'link-changed', link: link.info, before });
  }

  /** @throws MctpError `unknown-link`, `invalid-eid` */
  addLocalEid(index: number, eid: number): void {
    const link = this.require(index);
    if (!isEndpointEid(eid)) {
      throw new MctpError('invalid-eid', 'an endpoint has an EID of 8..254', { link: link.info.name, eid });
    }
    if (link.info.localEids.includes(eid)) return;
    link.info = { ...link.info, localEids: [...link.info.localEids, eid].sort((a, b) => a - b) };
    if (link.announced) this.tell({ kind: 'local-eid-added', link: link.info, eid });
  }

  /** @throws MctpError `unknown-link` */
  removeLocalEid(index: number, eid: number): void {
    const link = this.require(index);
    if (!link.info.localEids.includes(eid)) return;
    link.info = { ...link.info, localEids: link.info.localEids.filter((each) => each !== eid) };
    if (link.announced) this.tell({ kind: 'local-eid-removed', link: link.info, eid });
  }

  /** The link of a network that has an EID of ours; `undefined`: the EID is not ours. */
  owner(network: number, eid: number): RouterLink | undefined {
    for (const link of this.table.values()) {
      if (link.info.network === network && link.info.localEids.includes(eid)) return link;
    }
    return undefined;
  }

  private tell(event: NetEvent): void {
    try {
      this.events.emit(event);
    } catch (error) {
      // A listener's defect must not undo what has happened to the link.
      this.onDefect(error);
    }
  }
}

/** Our EID on a link when nothing says which: the lowest; 0 = none. */
export function lowestEid(link: NetLink): number {
  return link.localEids[0] ?? 0;
}
