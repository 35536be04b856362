import type { MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { DropReason } from './drops';

/**
 * Port 2 of 2: MCTP messages between endpoints, whatever carries them (design decision D-10). Implemented by
 * `core/router.ts` over bindings and by `kernel/kernel-net.ts` over AF_MCTP; control, discovery, demux and the client
 * API see only this.
 *
 * A *message* is a `Uint8Array` that begins with the type byte: bit 7 the IC bit, bits 6:0 the message type.
 * Links are named by their index, which is never reused while the process lives.
 */
export interface Net {
  readonly capabilities: NetCapabilities;

  links(): readonly NetLink[];
  /** Everything that changes about links and addresses, in the order it happened. */
  on(listener: (event: NetEvent) => void): Subscription;

  /** Adds or removes one of our own EIDs on a link. Adding one that is there, or removing one that is not, is fine. */
  addLocalEid(link: number, eid: number): Promise<void>;
  removeLocalEid(link: number, eid: number): Promise<void>;

  routes(network: number): readonly Route[];
  /** @throws MctpError `route-exists` for an entry of the same network, first EID, extent and target */
  addRoute(route: Route): Promise<void>;
  /** @throws MctpError `no-such-route` */
  removeRoute(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): Promise<void>;

  neighbours(network: number): readonly Neighbour[];
  /** Replaces the neighbour the link has under that EID. */
  addNeighbour(neighbour: Neighbour): Promise<void>;
  /** Removing one that is not there is fine. */
  removeNeighbour(neighbour: Pick<Neighbour, 'link' | 'eid'>): Promise<void>;

  /**
   * Sends a request (TO=1) and collects what comes back under its tag.
   * @throws MctpError `unreachable` (no route or neighbour, unknown link), `no-free-tag`, `link-down`,
   *   `message-too-long`, `queue-full`, `send-failed`; all before a tag is held
   */
  request(destination: Destination, message: Uint8Array, options?: RequestOptions): Promise<Exchange>;
  /**
   * Answers under the requester's tag, TO=0: out of the incoming link to where the request came from, or, where only the
   * requester is known, through the route table. Settles when the last packet was handed over.
   * @throws MctpError as {@link request}, `no-free-tag` excepted
   */
  reply(request: Incoming | Requester, message: Uint8Array, options?: ReplyOptions): Promise<void>;
  /**
   * Offers every incoming message with TO=1 of a type; a handler that returns `false` leaves it to the next one.
   * Higher priority first: see {@link Priority}. Two handlers of one priority are asked in the order they came.
   * @param type 0..0x7f, IC bit left out
   * @throws MctpError `name-taken`, `not-permitted`, `internal`: as {@link ListenOptions.refused}, and known at once
   */
  listen(
    type: number,
    handler: (incoming: Incoming) => boolean,
    priority: number,
    options?: ListenOptions,
  ): Subscription;

  /**
   * Responses that match no exchange, which are dropped while nobody asks for them (R-DEMUX-24). Only where
   * `capabilities.unmatchedResponses`.
   */
  listenUnmatched?(handler: (incoming: Incoming) => void): Subscription;

  /** What `Link1.GetCounters` shows; a backend leaves out what it does not count. */
  counters(link: number): LinkCounters | undefined;
  /** Passes the binding a hint that its only peer has gone deaf (see `Binding.nudge`). */
  nudge(link: number): void;
}

/** Who gets an incoming message first. `demuxAnswer`: answers only, from peers that set TO in those too (R-DEMUX-27). */
export const Priority = { responder: 3, demuxAnswer: 2, client: 1, demux: 0 } as const;

export interface NetCapabilities {
  /** A caller can name the source EID of a request. */
  readonly chooseSourceEid: boolean;
  /** Responses that match no exchange can be handed on. */
  readonly unmatchedResponses: boolean;
  /** Requests that can wait for an answer at one EID at once. */
  readonly maxInFlight: number;
}

export interface ListenOptions {
  /** Messages of this network alone, which need not have a link yet. Default: of all. */
  readonly network?: number | undefined;
  /**
   * The type cannot be had: another program has bound it in the kernel, or we may not bind (R-DEMUX-46). That may turn out
   * only when a link comes; whoever is told then unsubscribes. Where nobody is to be told, it is tried again whenever
   * links change.
   */
  readonly refused?: ((error: MctpError) => void) | undefined;
}

export interface NetLink {
  readonly index: number;
  readonly name: string;
  readonly network: number;
  readonly backend: 'user' | 'kernel';
  /** The configuration's word: `serial`, `loopback`, ...; kernel links: lower-case physical type or `unknown`. */
  readonly binding: string;
  /** DSP0239 physical transport binding identifier. */
  readonly physicalBinding: number;
  /** Our own physical address; empty where the medium has none. */
  readonly address: Uint8Array;
  /** Length in bytes that a physical address has here; `undefined` where it is not known. */
  readonly addressLength: number | undefined;
  readonly pointToPoint: boolean;
  /** Smallest, largest and configured packet size, 4 header bytes included. */
  readonly minMtu: number;
  readonly maxMtu: number;
  readonly mtu: number;
  readonly up: boolean;
  /** Our own EIDs on the link, ascending. */
  readonly localEids: readonly number[];
}

export type NetEvent =
  | { readonly kind: 'link-added'; readonly link: NetLink }
  | { readonly kind: 'link-removed'; readonly link: NetLink }
  /**
   * `link` is the state after, `before` the one it had. A link that goes to another network takes its EIDs along
   * without events of their own; whether its routes come along is the backend's affair, neighbours are the link's.
   */
  | { readonly kind: 'link-changed'; readonly link: NetLink; readonly before: NetLink }
  | { readonly kind: 'local-eid-added'; readonly link: NetLink; readonly eid: number }
  | { readonly kind: 'local-eid-removed'; readonly link: NetLink; readonly eid: number };

/** Either a link or a gateway, never both. `extent` further EIDs follow `first`. */
export interface Route {
  readonly network: number;
  readonly first: number;
  readonly extent: number;
  readonly link?: number | undefined;
  /** EID of the bridge to send through. */
  readonly gateway?: number | undefined;
  /** Largest packet towards these EIDs, header included; 0 = the link's. */
  readonly mtu: number;
}

export interface Neighbour {
  readonly link: number;
  readonly eid: number;
  readonly address: Uint8Array;
}

export type Destination =
  /** Routed: through the route table to an EID of 8..254. */
  | { readonly kind: 'eid'; readonly network: number; readonly eid: number }
  /** Physical addressing: destination EID 0 to whoever owns the address; the answer may carry any source EID. */
  | { readonly kind: 'physical'; readonly link: number; readonly address: Uint8Array }
  /** Destination EID 255 on one link; any number of responses. */
  | { readonly kind: 'broadcast'; readonly link: number };

export interface RequestOptions {
  /**
   * Keep the tag after the first response, until {@link Exchange.release} or 6000 ms after the last packet
   * (R-API-43). Default: one response ends the exchange.
   */
  readonly hold?: boolean;
  /** Source EID, one of our own; only where `capabilities.chooseSourceEid`. Default: the outgoing link's lowest. */
  readonly source?: number;
  /**
   * When all eight tags towards the peer are taken, end the oldest quarantine (see {@link Exchange.release}) instead of
   * failing. Only for messages that tell a late answer apart by themselves, as control messages do by their instance
   * ID: a device that stays silent would else be `no-free-tag` after eight requests.
   */
  readonly reclaim?: boolean;
  /**
   * Called once the tag is taken and the message is on its way, which for a long one is well before the request
   * resolves; a failure after that still rejects it. A backend that is not told earlier leaves it out.
   */
  readonly accepted?: (exchange: Exchange) => void;
}

export interface ReplyOptions {
  /** As {@link RequestOptions.accepted}. */
  readonly accepted?: () => void;
  /**
   * Sets TO although it is an answer, as some peers want it (R-DEMUX-22, compat). Only on networks with
   * `capabilities.unmatchedResponses`.
   */
  readonly tagOwner?: boolean;
}

/** Who waits for a response under a tag of its own. */
export interface Requester {
  readonly kind: 'eid';
  readonly network: number;
  readonly eid: number;
  readonly tag: number;
}

/** A request on its way and the answers to it. */
export interface Exchange {
  /** Message tag, 0..7. */
  readonly tag: number;
  /** Responses can still come: the tag is not given back and its time is not up. */
  readonly open: boolean;
  /**
   * The next response; `undefined` when none came within `timeoutMs` (0 = as long as the tag lives) or when the
   * exchange is over. A limit, which may be Infinity, keeps the tag alive meanwhile (R-API-35). One call at a time.
   */
  receive(timeoutMs: number): Promise<Incoming | undefined>;
  /** Ends a {@link receive} under way: it gives `undefined`. What comes later waits for the next one. */
  interrupt(): void;
  /** Sends the same message again under the same tag. @throws MctpError as `Net.request` */
  resend(): Promise<void>;
  /**
   * Nobody waits any more. A tag whose request was never answered stays reserved until 6000 ms after its last packet,
   * so that a late response cannot be taken for the answer to another request (R-API-34). Idempotent.
   * @param options `quarantine`: reserve the tag although a response has come, because a held exchange is given up
   *   before its last one (R-API-43, `dropHandle`); `answered`: do not reserve it, the answer came another way
   *   (R-DEMUX-25)
   */
  release(options?: { readonly quarantine?: boolean; readonly answered?: boolean }): void;
}

/** A complete message that arrived. `bytes` and `physical` belong to the receiver. */
export interface Incoming {
  readonly network: number;
  readonly link: number;
  /** Source EID, 0 or 8..254. */
  readonly source: number;
  /** Destination EID as it stood in the packet: 0, 255 or one of ours. */
  readonly destination: number;
  /** Physical source address. */
  readonly physical: Uint8Array;
  /** Our EID on the incoming link: the destination, or the link's lowest when that was 0 or 255; 0 = none. */
  readonly localEid: number;
  readonly tag: number;
  /** TO bit: true for a request. */
  readonly to: boolean;
  readonly ic: boolean;
  readonly type: number;
  /** The whole message from the type byte on. */
  readonly bytes: Uint8Array;
  /** Sent to one of our EIDs by ourselves or by a program beside us: no link carried it (R-DEMUX-28). */
  readonly looped?: true;
}

export interface LinkCounters {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Every drop reason that is not zero. */
  readonly drops: ReadonlyMap<DropReason, number>;
}

/** The link that has an EID of ours; `undefined`: the EID is not ours in that network. */
export function ownLink(links: Iterable<NetLink>, network: number, eid: number): NetLink | undefined {
  for (const link of links) if (link.network === network && link.localEids.includes(eid)) return link;
  return undefined;
}

export function covers({ first, extent }: Pick<Route, 'first' | 'extent'>, eid: number): boolean {
  return eid >= first && eid <= first + extent;
}

/** Every EID of a range, ascending. */
export function coveredEids({ first, extent }: Pick<Route, 'first' | 'extent'>): readonly number[] {
  return Array.from({ length: extent + 1 }, (_, at) => first + at);
}

/** A link as it is now; `undefined`: there is none of that index. */
export function linkOf(net: Pick<Net, 'links'>, index: number | undefined): NetLink | undefined {
  return net.links().find((link) => link.index === index);
}
