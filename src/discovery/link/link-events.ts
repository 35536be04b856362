import type { Log } from '../../base/log';
import type { NetEvent, NetLink } from '../../core/net';
import type { Occasion } from '../checks';
import type { LinkMove } from './link-move';
import type { LocalEndpoints } from './local-endpoints';
import type { PeerTable } from '../peer-table';
import type { Registry, RegistryLink, Role } from '../registry';
import type { Remembrance } from '../memory/remembrance';
import type { Removal } from '../removal';

const LINK_GONE: Occasion = { operation: 'link', cause: 'its link is gone' };

/** Links, their networks and our EIDs on them: from `Net` into the published picture (R-DISC-121..126). */
export class LinkEvents {
  constructor(
    private readonly parts: {
      readonly table: PeerTable;
      readonly registry: Registry;
      readonly local: LocalEndpoints;
      readonly removal: Removal;
      readonly move: LinkMove;
      readonly remembrance: Pick<Remembrance, 'onLink' | 'keep'>;
      readonly log: Log;
    },
    private readonly roleOf: (link: NetLink) => Role,
  ) {}

  handle(event: NetEvent): void {
    switch (event.kind) {
      case 'link-added':
        this.added(event.link);
        break;
      case 'link-removed':
        this.removed(event.link);
        break;
      case 'link-changed':
        this.changed(event.link);
        break;
      case 'local-eid-added':
        // Of a link that is still to be announced: it will bring its EIDs along.
        if (this.parts.registry.link(event.link.index) === undefined) break;
        this.parts.local.add(event.link.network, event.eid, event.link.index);
        break;
      case 'local-eid-removed':
        this.parts.local.remove(event.link.network, event.eid, event.link.index);
        break;
    }
  }

  /** Network if new, local EIDs, then the link (R-DISC-121; order of the signals in dbus §5). */
  added(link: NetLink): void {
    if (this.parts.registry.link(link.index) !== undefined) return;
    if (!link.up)
      this.parts.log.warn('link is down', {
        ...{ link: link.name, network: link.network, operation: 'link' },
      });
    this.parts.registry.addNetwork(link.network);
    for (const eid of link.localEids) this.parts.local.add(link.network, eid, link.index);
    this.parts.registry.putLink({ link, role: this.roleOf(link) });
  }

  /**
   * Local EIDs, the link's endpoints with what is behind them, the link, then its network if that was the last one
   * (R-DISC-123). Nothing is sent to devices and no route is deleted: the link took its entries with it.
   */
  private removed(link: NetLink): void {
    const known = this.parts.registry.link(link.index);
    if (known === undefined) return;
    const { network } = known.link;
    const kept = this.parts.remembrance.onLink(link.index);
    this.parts.local.removeLink(network, link.index);
    for (const peer of this.parts.table.onLink(link.index)) {
      this.parts.removal.forgetBranch(peer, LINK_GONE);
    }
    this.parts.registry.removeLink(link.index);
    this.parts.remembrance.keep(kept);
    this.leftNetwork(network);
  }

  /** A network goes with its last link, and with it what has no link (R-DISC-123). */
  private leftNetwork(network: number): void {
    if (this.parts.registry.links().some((each) => each.link.network === network)) return;
    for (const peer of this.parts.table.inNetwork(network)) {
      this.parts.removal.forget(peer, LINK_GONE);
    }
    this.parts.registry.removeNetwork(network);
  }

  /**
   * Up and down change nothing but the link itself (R-DISC-126), nor does another name: its role and what is on it
   * stay, although the configuration may know the new name (R-DISC-124).
   */
  private changed(link: NetLink): void {
    const known = this.parts.registry.link(link.index);
    if (known === undefined) {
      this.added(link);
      return;
    }
    if (known.link.network === link.network) this.parts.registry.putLink({ link, role: known.role });
    else this.moved({ link, role: known.role }, known.link.network);
  }

  /** R-DISC-125, in the order of dbus §5, all in this turn: nobody sees half of it. */
  private moved(now: RegistryLink, from: number): void {
    const { registry, local, move } = this.parts;
    const { index, network, localEids } = now.link;
    local.removeLink(from, index);
    registry.addNetwork(network);
    for (const eid of localEids) local.add(network, eid, index);
    registry.putLink(now);
    move.devices(now.link, from);
    this.leftNetwork(from);
  }
}
