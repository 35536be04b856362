import type { Subscription } from '../../base/events';
import type { NetLink } from '../../core/net';
import type { Memory } from './memory';
import type { Peer } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Registry, RegistryEvent } from '../registry';
import type { Reservations } from './reservations';
import { compose, remember, type Remembered } from '../snapshot';

/** Keeps the memory up to date with what is published, reserved and missing (D-8). */
export class Remembrance {
  private subscription: Subscription | undefined;

  constructor(
    private readonly parts: {
      readonly memory: Memory;
      readonly reservations: Reservations;
      readonly table: PeerTable;
      readonly registry: Registry;
    },
  ) {}

  /** Reserves what was known when the daemon last ran. */
  start(): void {
    const { memory, registry, reservations } = this.parts;
    reservations.add(memory.remembered());
    memory.follow(() => this.snapshot());
    this.subscription = registry.events.on((event) => this.handle(event));
  }

  stop(): void {
    this.subscription?.unsubscribe();
  }

  /** What is known of the endpoints of a link that is going, and of those behind them. */
  onLink(link: number): readonly Remembered[] {
    const { memory, table } = this.parts;
    if (!memory.enabled) return [];
    const peers = table.onLink(link).filter((peer) => peer.published);
    const all = new Set(peers.flatMap((peer) => [peer, ...table.behind(peer)]));
    return [...all].flatMap((peer) => this.entry(peer) ?? []);
  }

  /** They are gone with their link, and have their EIDs again when it comes back. */
  keep(entries: readonly Remembered[]): void {
    this.parts.reservations.keep(entries);
    this.parts.memory.changed();
  }

  private snapshot(): readonly Remembered[] {
    const present = this.parts.table.all().flatMap((peer) => this.entry(peer) ?? []);
    return compose(present, this.parts.reservations.all());
  }

  private entry(peer: Peer): Remembered | undefined {
    const { registry, table } = this.parts;
    if (peer.behind !== 0) {
      const bridge = table.get(peer.network, peer.behind);
      return bridge?.pool === undefined ? undefined : remember(peer, undefined);
    }
    const entry = peer.link === undefined || peer.offLink ? undefined : registry.link(peer.link);
    // What we did not assign is not ours to remember.
    return entry?.role === 'BusOwner' ? remember(peer, entry.link.name) : undefined;
  }

  /** Endpoints are remembered by the name and the network of their link (R-DISC-124, R-DISC-125). */
  private linkChanged(now: NetLink, before: NetLink): void {
    if (now.name === before.name && now.network === before.network) return;
    const { memory, reservations, table } = this.parts;
    const bridges = table.onLink(now.index).filter(({ pool }) => pool !== undefined);
    reservations.moved(
      before,
      now,
      bridges.map(({ eid }) => eid),
    );
    memory.changed();
  }

  private handle(event: RegistryEvent): void {
    switch (event.kind) {
      case 'endpoint-added':
      case 'pool-allocated':
        if (event.endpoint.local) break;
        this.parts.reservations.settle(event.endpoint);
        this.parts.memory.changed();
        break;
      case 'link-changed':
        this.linkChanged(event.link.link, event.before.link);
        break;
      case 'endpoint-removed':
        if (!event.endpoint.local) this.parts.memory.changed();
        break;
      default:
        break;
    }
  }
}
