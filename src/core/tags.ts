import { toHex } from '../base/bytes';
import { TAG_COUNT, TAG_MASK, destinationOf, flagsOf, sourceOf } from './packet';

/** A tag is free again this long after the last packet of its exchange (R-API-34). Milliseconds. */
export const TAG_LIFETIME_MS = 6000;

/** Peers whose place in the rotation is remembered though nothing is outstanding there. */
const IDLE_PEERS = 4096;

/** Towards whom a tag is taken. */
export type FlowPeer =
  /** `address`: physical address of the endpoint itself; `undefined` behind a bridge and for ourselves. */
  | {
      readonly kind: 'routed';
      readonly network: number;
      readonly link: number;
      readonly local: number;
      readonly remote: number;
      readonly address?: Uint8Array | undefined;
    }
  | { readonly kind: 'physical'; readonly link: number; readonly address: Uint8Array }
  | { readonly kind: 'broadcast'; readonly link: number };

/** Where a packet came in. */
export interface Ingress {
  readonly link: number;
  readonly network: number;
}

/** A request of ours and the tag it holds. */
export interface Flow {
  readonly peer: FlowPeer;
  readonly tag: number;
  /** Responses do not end it (R-API-43). A broadcast flow is always held until it expires. */
  readonly held: boolean;
  /**
   * `open`: responses are let through. `quarantine`: nobody waits, the tag stays taken until its time is up, so that a
   * late response cannot hit a new request (R-API-34). `free`: the tag is no longer ours.
   */
  state: 'open' | 'quarantine' | 'free';
  /** Its packets still wait for the link: no expiry before the last of them has left. */
  sending: boolean;
  /** When the last packet of the exchange was sent or received, milliseconds. */
  lastPacket: number;
  /** Somebody waits for a response until then and keeps the flow alive beyond its time (R-API-35); 0 = nobody. */
  waitingUntil: number;
}

/** The eight tags towards one peer. */
interface TagSet {
  /** The flows that own them. */
  readonly flows: (Flow | undefined)[];
  /** Flows of other sets whose responses could be mistaken for those of this one. */
  readonly shadows: Uint16Array;
  /** Where the search for a free tag begins: they rotate, so that a tag comes back as late as possible. */
  next: number;
}

type Key = number | string;

/**
 * The tags we own (DSP0236 §8.1; our messages with TO=1): eight for each pair of a local and a remote EID, eight for
 * each physical address, eight for the broadcasts of a link. Only a response's tag and addresses tell which request it
 * answers, so a tag is not given out where {@link match} could take one flow's response for another's.
 */
export class FlowTable {
  private readonly sets = new Map<Key, TagSet>();
  private readonly flows = new Set<Flow>();

  /** Tags taken, quarantined ones included. */
  get size(): number {
    return this.flows.size;
  }

  /** Peers whose rotation is remembered. */
  get peers(): number {
    return this.sets.size;
  }

  /** Takes the next free tag; `undefined` while all eight are in use. */
  open(peer: FlowPeer, now: number, held = false): Flow | undefined {
    const set = this.set(keyOf(peer));
    // Anybody on the link may answer a broadcast, so the first round looks for a tag that nobody there uses.
    const firstTurn = peer.kind === 'broadcast' ? -TAG_COUNT : 0;
    for (let turn = firstTurn; turn < TAG_COUNT; turn++) {
      const tag = (set.next + turn) & TAG_MASK;
      if (!this.isFree(peer, tag) || (turn < 0 && this.isUsedOn(peer.link, tag))) continue;
      set.next = (tag + 1) & TAG_MASK;
      return this.take(peer, tag, { now, held });
    }
    return undefined;
  }

  /**
   * Gives up the longest quarantine towards a peer before its time, to make room for {@link open}.
   * @returns whether there was one
   */
  reclaim(peer: FlowPeer): boolean {
    const quarantined = this.set(keyOf(peer)).flows.filter(
      (flow) => flow?.state === 'quarantine' && !flow.sending,
    );
    const oldest = quarantined.reduce(
      (a, b) => ((b?.lastPacket ?? 0) < (a?.lastPacket ?? 0) ? b : a),
      quarantined[0],
    );
    if (oldest !== undefined) this.free(oldest);
    return oldest !== undefined;
  }

  /** Takes a certain tag again, for the retry of a request whose flow is over; `undefined`: it is in use. */
  reopen(flow: Flow, now: number): Flow | undefined {
    if (flow.state === 'quarantine') this.free(flow);
    return this.isFree(flow.peer, flow.tag)
      ? this.take(flow.peer, flow.tag, { now, held: flow.held })
      : undefined;
  }

  /**
   * The open flow that a packet with TO=0 answers. By EIDs first; a request sent by physical addressing is answered
   * from any EID, because Set Endpoint ID changes it (DSP0236 §12.3); a broadcast by anybody.
   */
  match(packet: Uint8Array, ingress: Ingress, physical: Uint8Array): Flow | undefined {
    const tag = flagsOf(packet) & TAG_MASK;
    const routed = this.sets.get(routedKey(ingress.network, destinationOf(packet), sourceOf(packet)));
    return (
      openFlow(routed, tag) ??
      openFlow(this.sets.get(physicalKey(ingress.link, physical)), tag) ??
      openFlow(this.sets.get(broadcastKey(ingress.link)), tag)
    );
  }

  /** Nobody waits any more, but a response may still come. */
  quarantine(flow: Flow): void {
    if (flow.state === 'open') flow.state = 'quarantine';
    flow.waitingUntil = 0;
  }

  /** The tag can be used again at once. Idempotent. */
  free(flow: Flow): void {
    if (flow.state === 'free') return;
    flow.state = 'free';
    this.flows.delete(flow);
    this.set(keyOf(flow.peer)).flows[flow.tag] = undefined;
    this.shadow(flow, -1);
  }

  /** Frees every flow whose time is up, and gives those that were open. */
  expire(now: number): readonly Flow[] {
    const ended: Flow[] = [];
    for (const flow of this.flows) {
      if (deadlineOf(flow) > now) continue;
      if (flow.state === 'open') ended.push(flow);
      this.free(flow);
    }
    return ended;
  }

  /** When {@link expire} next has something to do; Infinity: never. */
  nextDeadline(): number {
    let earliest = Infinity;
    for (const flow of this.flows) earliest = Math.min(earliest, deadlineOf(flow));
    return earliest;
  }

  /** Every flow over a link, for when the link goes away. */
  overLink(link: number): readonly Flow[] {
    return [...this.flows].filter((flow) => flow.peer.link === link);
  }

  private take(peer: FlowPeer, tag: number, { now, held }: { now: number; held: boolean }): Flow {
    const flow: Flow = {
      peer,
      tag,
      held: held || peer.kind === 'broadcast',
      state: 'open',
      sending: false,
      lastPacket: now,
      waitingUntil: 0,
    };
    this.set(keyOf(peer)).flows[tag] = flow;
    this.flows.add(flow);
    this.shadow(flow, 1);
    return flow;
  }

  /**
   * A device answers both a request to its EID and one to its physical address with the same EIDs, so these two never
   * share a tag; and nobody takes one that a broadcast on the link holds.
   */
  private isFree(peer: FlowPeer, tag: number): boolean {
    const own = this.sets.get(keyOf(peer));
    if (own?.flows[tag] !== undefined || (own?.shadows[tag] ?? 0) > 0) return false;
    if (peer.kind === 'broadcast') return true;
    if (this.sets.get(broadcastKey(peer.link))?.flows[tag] !== undefined) return false;
    if (peer.kind === 'physical' || peer.address === undefined) return true;
    return this.sets.get(physicalKey(peer.link, peer.address))?.flows[tag] === undefined;
  }

  private isUsedOn(link: number, tag: number): boolean {
    return this.overLink(link).some((flow) => flow.tag === tag);
  }

  private shadow({ peer, tag }: Flow, by: number): void {
    if (peer.kind !== 'routed' || peer.address === undefined) return;
    const { shadows } = this.set(physicalKey(peer.link, peer.address));
    shadows[tag] = (shadows[tag] ?? 0) + by;
  }

  private set(key: Key): TagSet {
    const known = this.sets.get(key);
    if (known !== undefined) return known;
    if (this.sets.size >= IDLE_PEERS) this.forgetIdle();
    const made: TagSet = {
      flows: new Array<Flow | undefined>(TAG_COUNT).fill(undefined),
      shadows: new Uint16Array(TAG_COUNT),
      next: 0,
    };
    this.sets.set(key, made);
    return made;
  }

  private forgetIdle(): void {
    for (const [key, set] of this.sets) {
      if (set.flows.every((flow) => flow === undefined) && set.shadows.every((count) => count === 0)) {
        this.sets.delete(key);
      }
    }
  }
}

function openFlow(set: TagSet | undefined, tag: number): Flow | undefined {
  const flow = set?.flows[tag];
  return flow?.state === 'open' ? flow : undefined;
}

function deadlineOf(flow: Flow): number {
  if (flow.sending) return Infinity;
  return Math.max(flow.lastPacket + TAG_LIFETIME_MS, flow.waitingUntil);
}

function keyOf(peer: FlowPeer): Key {
  switch (peer.kind) {
    case 'routed':
      return routedKey(peer.network, peer.local, peer.remote);
    case 'physical':
      return physicalKey(peer.link, peer.address);
    case 'broadcast':
      return broadcastKey(peer.link);
  }
}

/** Networks are at most 2^31 - 1, so the number stays exact. The other two kinds of key are strings. */
function routedKey(network: number, local: number, remote: number): Key {
  return network * 65536 + local * 256 + remote;
}

function physicalKey(link: number, address: Uint8Array): Key {
  return `${link}/${toHex(address)}`;
}

function broadcastKey(link: number): Key {
  return `${link}/*`;
}
