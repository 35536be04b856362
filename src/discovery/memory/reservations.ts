import { bytesEqual, EMPTY, fromHex, toHex } from '../../base/bytes';
import type { Clock } from '../../base/clock';
import type { NetLink } from '../../core/net';
import type { Endpoint } from '../endpoint';
import type { Registry } from '../registry';
import { byNetwork, contradict, eidsOf, RESERVED_MS, samePlace, type Remembered } from '../snapshot';

interface Reservation {
  readonly entry: Remembered;
  /** Clock milliseconds. */
  readonly until: number;
}

/**
 * Devices that were here before and have not come back yet: their EIDs and pools are kept for them for a day, or until
 * nothing else is free (D-8).
 */
export class Reservations {
  private list: Reservation[] = [];

  constructor(
    private readonly registry: Pick<Registry, 'link'>,
    private readonly clock: Pick<Clock, 'now' | 'wallTime'>,
  ) {}

  /** What contradicts an entry that is there already is left out. A stamp of the future counts as now. */
  add(remembered: readonly Remembered[]): void {
    for (const entries of byNetwork(remembered).values()) {
      const accepted: Remembered[] = [];
      for (const each of entries) {
        if (!accepted.some((other) => contradict(each, other))) accepted.push(each);
      }
      this.keep(accepted);
    }
  }

  /** The same for what was published at one time, so that one contradicts none of the others: hundreds, in one turn. */
  keep(published: readonly Remembered[]): void {
    const wall = this.clock.wallTime();
    const reserved = byNetwork(this.all());
    for (const each of published) {
      const known = reserved.get(each.network) ?? [];
      if (known.some((other) => contradict(each, other))) continue;
      const missingSince = Math.min(each.missingSince ?? wall, wall);
      const until = this.clock.now() + RESERVED_MS - (wall - missingSince);
      this.list.push({ entry: { ...each, missingSince }, until });
    }
  }

  all(): readonly Remembered[] {
    const now = this.clock.now();
    this.list = this.list.filter(({ until }) => now < until);
    return this.list.map(({ entry }) => entry);
  }

  has(entry: Remembered): boolean {
    return this.all().includes(entry);
  }

  /** The device that was at a physical address. */
  at(link: number, address: Uint8Array): Remembered | undefined {
    const known = this.registry.link(link)?.link;
    return this.all().find(
      (each) =>
        each.network === known?.network && each.link === known.name && bytesEqual(addressOf(each), address),
    );
  }

  /** EIDs that are kept for others than the device at this address. */
  keptFrom(network: number, link: number, address: Uint8Array): ReadonlySet<number> {
    const own = this.at(link, address);
    const others = this.all().filter((each) => each.network === network && each !== own);
    // What is behind the own bridge is within its pool.
    return new Set(others.filter((each) => own === undefined || each.behind !== own.eid).flatMap(eidsOf));
  }

  drop(entry: Remembered): void {
    this.list = this.list.filter((each) => each.entry !== entry);
  }

  /** Somebody was published: whatever was remembered of the place or of the EIDs is no longer true. */
  settle(endpoint: Endpoint): void {
    const { network, eid, pool } = endpoint;
    const behind = endpoint.bridge === 0 ? undefined : endpoint.bridge;
    const link = endpoint.link === undefined ? undefined : this.registry.link(endpoint.link)?.link.name;
    const place = behind === undefined ? { link, address: toHex(endpoint.physicalAddress) } : { behind };
    const now: Remembered = { network, eid, pool, ...place };
    for (const entry of this.all()) {
      if (!contradict(entry, now)) continue;
      this.drop(entry);
      if (samePlace(entry, now) && entry.eid !== eid) this.dropBehind(entry);
    }
  }

  /**
   * A link has another name or network, and so has what is kept for its devices and for what is behind them
   * (R-DISC-124, R-DISC-125). What contradicts an entry that is there already is given up.
   * @param bridges EIDs of the bridges that are there on the link
   */
  moved(before: NetLink, now: NetLink, bridges: readonly number[]): void {
    const { network } = now;
    const isOn = (each: Remembered): boolean => each.network === before.network && each.link === before.name;
    const inFront = new Set([
      ...bridges,
      ...this.all()
        .filter(isOn)
        .map(({ eid }) => eid),
    ]);
    const isTheirs = (each: Remembered): boolean =>
      isOn(each) ||
      (each.network === before.network && each.behind !== undefined && inFront.has(each.behind));
    const moving = this.list.filter(({ entry }) => isTheirs(entry));
    this.list = this.list.filter(({ entry }) => !isTheirs(entry));
    for (const { entry, until } of moving) {
      // Who waits for an entry knows it by its identity: one that stays what it is stays the same.
      const isSame = entry.network === network && entry.link === undefined;
      const moved = isSame
        ? entry
        : { ...entry, network, ...(entry.link !== undefined && { link: now.name }) };
      if (this.all().every((other) => !contradict(moved, other))) this.list.push({ entry: moved, until });
    }
  }

  /** It was reached through an EID that its bridge has no more (R-DISC-127). */
  private dropBehind(bridge: Remembered): void {
    for (const entry of this.all()) {
      if (entry.network === bridge.network && entry.behind === bridge.eid) this.drop(entry);
    }
  }
}

/** Physical address of an entry; empty on a point-to-point link. */
export function addressOf({ address }: Remembered): Uint8Array {
  return fromHex(address ?? '') ?? EMPTY;
}
