import type { Incoming, Requester } from '../core/net';

/** How long a client may take to answer: no requester holds its tag longer (R-DEMUX-20). Milliseconds. */
export const REQUEST_LIFETIME_MS = 6000;
const PER_PEER = 8;
/** Over all peers: whoever sends under many source EIDs must not fill the memory. */
const IN_ALL = 4096;

/** A request that clients were given. */
export interface RememberedRequest<Client> {
  readonly eid: number;
  readonly type: number;
  readonly tag: number;
  /** What an answer says to be its answer; see `correlationKey`. */
  readonly key: number | undefined;
  /** Where the answer goes. */
  readonly back: Incoming | Requester;
  readonly clients: ReadonlySet<Client>;
}

interface Entry<Client> extends RememberedRequest<Client> {
  expires: number;
  answered: boolean;
}

/**
 * The last requests of each remote EID and message type (R-DEMUX-20). The frames of clients have no tag, so what they
 * answer is found here. Answered ones are kept as long as the others: a second responder's answer to the same request
 * must not pass for the answer to another (R-DEMUX-26). Time is an argument, nothing here has a timer.
 */
export class RequestMemory<Client> {
  private readonly byPeer = new Map<number, Entry<Client>[]>();
  private size = 0;

  remember(request: RememberedRequest<Client>, now: number): void {
    const { eid, type, tag, key, back, clients } = request;
    const peer = peerOf(eid, type);
    const entry = { eid, type, tag, key, back, clients, expires: now + REQUEST_LIFETIME_MS, answered: false };
    const entries = trimmed([...this.live(peer, now), entry]);
    // In order of use, so that the longest unused ones go first.
    this.put(peer, []);
    this.put(peer, entries);
    for (const oldest of this.byPeer.keys()) {
      if (this.size <= IN_ALL) return;
      this.put(oldest, []);
    }
  }

  /** Whether a client was given a request from there and nobody has answered it (R-DEMUX-21). */
  awaits(eid: number, type: number, client: Client, now: number): boolean {
    return this.live(peerOf(eid, type), now).some((entry) => !entry.answered && entry.clients.has(client));
  }

  /**
   * The request that a client's response answers: the last one with the same key, else the last one (R-DEMUX-22).
   * `undefined`: none, or somebody has answered it.
   * @param key of the response
   */
  find(
    { eid, type, key }: { readonly eid: number; readonly type: number; readonly key: number | undefined },
    client: Client,
    now: number,
  ): RememberedRequest<Client> | undefined {
    const given = this.live(peerOf(eid, type), now).filter(({ clients }) => clients.has(client));
    const open = given.filter(({ answered }) => !answered);
    const same = open.findLast((entry) => entry.key === key);
    if (same !== undefined || key === undefined) return same ?? open.at(-1);
    return given.some((entry) => entry.key === key) ? undefined : open.at(-1);
  }

  /** More of the answer follows: the request is as if it had come now (R-DEMUX-45). */
  renew(request: RememberedRequest<Client>, now: number): void {
    const entry = this.entry(request);
    if (entry !== undefined) entry.expires = now + REQUEST_LIFETIME_MS;
  }

  answered(request: RememberedRequest<Client>): void {
    const entry = this.entry(request);
    if (entry !== undefined) entry.answered = true;
  }

  /** What nobody else was given is forgotten. */
  forget(client: Client): void {
    for (const [peer, entries] of [...this.byPeer]) {
      const left = entries.map((entry) => without(entry, client)).filter(({ clients }) => clients.size > 0);
      this.put(peer, left);
    }
  }

  private entry(request: RememberedRequest<Client>): Entry<Client> | undefined {
    return this.byPeer.get(peerOf(request.eid, request.type))?.find((each) => each === request);
  }

  private live(peer: number, now: number): readonly Entry<Client>[] {
    const entries = this.byPeer.get(peer) ?? [];
    if (entries.every(({ expires }) => expires > now)) return entries;
    return this.put(
      peer,
      entries.filter(({ expires }) => expires > now),
    );
  }

  private put(peer: number, entries: Entry<Client>[]): readonly Entry<Client>[] {
    this.size += entries.length - (this.byPeer.get(peer)?.length ?? 0);
    if (entries.length === 0) this.byPeer.delete(peer);
    else this.byPeer.set(peer, entries);
    return entries;
  }
}

/** The last eight of each kind. */
function trimmed<Client>(entries: Entry<Client>[]): Entry<Client>[] {
  if (entries.length <= PER_PEER) return entries;
  const open = entries.filter(({ answered }) => !answered).slice(-PER_PEER);
  const done = entries.filter(({ answered }) => answered).slice(-PER_PEER);
  return [...done, ...open];
}

function without<Client>(entry: Entry<Client>, client: Client): Entry<Client> {
  if (!entry.clients.has(client)) return entry;
  return { ...entry, clients: new Set([...entry.clients].filter((each) => each !== client)) };
}

function peerOf(eid: number, type: number): number {
  return (eid << 8) | type;
}
