import { EID_FIRST, EID_LAST } from '../base/ids';

/** Which EID a new device gets. Pure: what is occupied, and the time, are arguments. */

/** First and last EID, inclusive, within 8..254. */
export interface EidRange {
  readonly first: number;
  readonly last: number;
}

/** What may be given to a device that is to have no EID in particular (R-DISC-20, R-DISC-164). */
export interface DynamicEids {
  /** One at least; they may touch and overlap. */
  readonly ranges: readonly EidRange[];
  /** EIDs within them that are left out. */
  readonly reserved: ReadonlySet<number>;
}

export function isDynamic({ ranges, reserved }: DynamicEids, eid: number): boolean {
  return ranges.some(({ first, last }) => eid >= first && eid <= last) && !reserved.has(eid);
}

/** From the lowest to the highest of several ranges. */
export function spanOf(ranges: readonly EidRange[]): EidRange {
  const first = Math.min(...ranges.map((range) => range.first));
  return { first, last: Math.max(...ranges.map((range) => range.last)) };
}

/** EIDs that can follow a bridge at most, were none of them held. `undefined`: there is no dynamic EID at all. */
export function largestExtent(eids: DynamicEids): number | undefined {
  return chooseRoom(spanOf(eids.ranges), EID_LAST, (eid) => !isDynamic(eids, eid))?.extent;
}

/** An EID and how many free ones follow it. */
export interface Room {
  readonly eid: number;
  readonly extent: number;
}

/** An EID stays with the device that had it for this long after it was taken away (R-DISC-27, DSP0237 Treclaim). */
export const QUARANTINE_MS = 5000;

/**
 * R-DISC-21: the first gap with room for `wanted` more EIDs, else the largest (the first on a tie). With `wanted` 0
 * that is the lowest free EID (R-DISC-23).
 * @param occupied EIDs held by peers, by their pools, or by reservations
 * @returns `undefined` when nothing is free
 */
export function chooseRoom(
  range: EidRange,
  wanted: number,
  occupied: (eid: number) => boolean,
): Room | undefined {
  const last = Math.min(range.last, EID_LAST);
  let best: Room | undefined;
  for (let start = Math.max(range.first, EID_FIRST); start <= last; start++) {
    if (occupied(start)) continue;
    let end = start;
    while (end < last && end - start < wanted && !occupied(end + 1)) end++;
    if (end - start === wanted) return { eid: start, extent: wanted };
    if (best === undefined || end - start > best.extent) best = { eid: start, extent: end - start };
    start = end;
  }
  return best;
}

interface Withheld {
  readonly until: number;
  readonly owner: string | undefined;
}

/** EIDs that were given up lately, each with the physical address that had it. */
export class Quarantine {
  private readonly entries = new Map<string, Withheld>();

  /** @param now milliseconds, same clock as {@link holds} */
  add(key: string, owner: string | undefined, now: number): void {
    for (const [each, entry] of this.entries) if (entry.until <= now) this.entries.delete(each);
    this.entries.set(key, { until: now + QUARANTINE_MS, owner });
  }

  /** Whether an EID is withheld from everybody but its former owner. */
  holds(key: string, requester: string, now: number): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && now < entry.until && entry.owner !== requester;
  }

  /** Withholds an EID under another key from now on, if it is one of these owners. */
  move(from: string, to: string, isTheirs: (owner: string) => boolean): void {
    const entry = this.entries.get(from);
    if (entry?.owner === undefined || !isTheirs(entry.owner)) return;
    this.entries.delete(from);
    this.entries.set(to, entry);
  }
}
