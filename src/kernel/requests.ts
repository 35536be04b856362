import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import { EID_NULL, MessageType } from '../base/ids';
import type { Destination, Exchange, Incoming, NetLink, RequestOptions } from '../core/net';
import { Errno } from '../os/errno';
import { TAG_MASK, TAG_OWNER, TAG_PREALLOCATED, type MctpSocketAddress } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import { openExtended, type KernelAccess } from '../os/kernel-access';
import { sendFailure } from '../os/kernel-errors';
import { KernelExchange } from '../core/kernel-exchange';
import { TagAllocator } from '../os/tag-allocator';
import { checkMessage, comesFrom, findWay, type RequestWay } from './request-way';
import { FreeTags, TagPlaces } from './tag-places';

/** Get Endpoint ID, the command that asks whether anybody is there (DSP0236 table 12). */
const GET_ENDPOINT_ID = 0x02;

/** What is known of an exchange besides what its user sees. */
interface Sending {
  readonly way: RequestWay;
  readonly message: Uint8Array;
  /** A tag is to be allocated, so that its value is known and it lives as long as we want. */
  ownTag: boolean;
  readonly hold: boolean;
  /** Until a tag comes free; a client of its own is told instead (R-API-33). */
  readonly waits: boolean;
  /** Of the local EID; only for requests to EID 0. */
  readonly places: TagPlaces | undefined;
  socket: MctpSocket | undefined;
  allocated: number | undefined;
}

export interface RequestParts {
  readonly access: KernelAccess;
  readonly clock: Clock;
  readonly link: (index: number) => NetLink | undefined;
  /** The link that a route leads over. */
  readonly linkTo: (network: number, eid: number) => NetLink | undefined;
  readonly incoming: (bytes: Uint8Array, from: MctpSocketAddress) => Incoming | undefined;
}

/** Requests, each on a socket of its own that ends with it (D-11), within the tags there are. */
export class Requests {
  private readonly sendings = new Map<KernelExchange, Sending>();
  /** By local EID: networks and links share the tags (kernel.md section 6). */
  private readonly places = new Map<number, TagPlaces>();
  private readonly freeTags: FreeTags;
  private readonly allocator = new TagAllocator();
  private closed = false;

  constructor(private readonly parts: RequestParts) {
    this.freeTags = new FreeTags(parts.clock);
  }

  /** @throws MctpError as `Net.request` */
  async request(
    destination: Destination,
    message: Uint8Array,
    options: RequestOptions = {},
  ): Promise<Exchange> {
    this.checkOpen();
    const way = findWay(destination, this.parts.link, this.parts.linkTo);
    checkMessage(message, way.context);
    checkSource(way, options.source);
    const isRouted = destination.kind === 'eid';
    const { hold = false, reclaim = false } = options;
    const ownTag = isRouted && (hold || !reclaim);
    const exchange = new KernelExchange(this, {
      ...{ clock: this.parts.clock, hold, ownTag },
      reclaim: reclaim || !isRouted,
      probe: destination.kind === 'physical' && isProbe(message),
    });
    const places = isRouted ? undefined : this.placesOf(way.link?.localEids[0] ?? EID_NULL);
    this.sendings.set(exchange, {
      ...{ way, message: new Uint8Array(message), ownTag, hold, places, waits: !ownTag },
      ...{ socket: undefined, allocated: undefined },
    });
    try {
      await this.transmit(exchange, false);
    } catch (error) {
      exchange.release();
      throw error;
    }
    options.accepted?.(exchange);
    return exchange;
  }

  async transmit(exchange: KernelExchange, again: boolean): Promise<void> {
    const sending = this.sendings.get(exchange);
    if (sending === undefined) throw new MctpError('closed', 'the link of the exchange is gone');
    const { places, way } = sending;
    // The next attempt of a device that said nothing waits behind those who have not been heard at all.
    if (again && places?.contested === true) this.close(exchange);
    await places?.enter(exchange, again);
    for (;;) {
      this.checkWanted(exchange, sending);
      const result = this.attempt(exchange, sending);
      if (result >= 0) break;
      if (result !== -Errno.EBUSY || !sending.waits) {
        this.close(exchange);
        throw sendFailure(result, way.context);
      }
      await this.freeTags.wait();
    }
    exchange.sent(this.parts.clock.now());
    places?.sent();
  }

  close(exchange: KernelExchange): void {
    const sending = this.sendings.get(exchange);
    if (sending === undefined) return;
    const had = sending.socket !== undefined;
    this.closeSocket(sending);
    sending.places?.leave(exchange);
    if (exchange.released) this.forget(exchange);
    if (had) this.freeTags.freed();
  }

  /** A link is gone: nobody there answers any more. */
  abandon(link: number): void {
    for (const [exchange, { way }] of this.sendings) {
      if (way.link?.index !== link) continue;
      this.drop(exchange);
    }
  }

  shutDown(): void {
    this.closed = true;
    for (const exchange of this.sendings.keys()) this.drop(exchange);
    const error = new MctpError('closed', 'the MCTP stack is shut down');
    for (const places of this.places.values()) places.close(error);
    this.freeTags.close();
  }

  private drop(exchange: KernelExchange): void {
    exchange.abandon();
    this.forget(exchange);
  }

  private forget(exchange: KernelExchange): void {
    this.sendings.delete(exchange);
  }

  /** Tries once. The result of `sendto` or of the tag ioctl. */
  private attempt(exchange: KernelExchange, sending: Sending): number {
    const { way, message } = sending;
    // The kernel frees no tag of an unanswered request but with its socket. The new one mostly gets the same value, so
    // that a late answer to the earlier attempt still counts.
    if (!sending.ownTag) this.closeSocket(sending);
    sending.socket ??= this.openSocket(exchange, sending);
    const refused = this.allocate(exchange, sending, sending.socket);
    if (refused < 0) return refused;
    const { allocated } = sending;
    return sending.socket.send(message.subarray(1), {
      ...{ network: way.network, eid: way.eid, type: message[0] ?? 0 },
      tag: allocated === undefined ? TAG_OWNER : TAG_OWNER | TAG_PREALLOCATED | allocated,
      ...(way.hardware === undefined ? {} : { hardware: way.hardware }),
    });
  }

  /** 0, or a negative errno. */
  private allocate(exchange: KernelExchange, sending: Sending, socket: MctpSocket): number {
    if (!sending.ownTag || sending.allocated !== undefined) return 0;
    const tag = this.allocator.allocate(socket, sending.way.network, sending.way.eid);
    if (tag === -Errno.EOPNOTSUPP && !sending.hold) {
      // For one answer a tag of the kernel's choice does as well; its value is known with the answer.
      sending.ownTag = false;
      return 0;
    }
    if (tag < 0) return tag;
    sending.allocated = tag;
    exchange.tag = tag;
    return 0;
  }

  private openSocket(exchange: KernelExchange, sending: Sending): MctpSocket {
    // Also where the kernel finds the way: the answer tells its link and physical address only with extended addresses.
    const socket = openExtended(this.parts.access, {
      message: (bytes, from) => {
        // Of an earlier socket that was closed with messages still to be told.
        if (sending.socket !== socket) return;
        if ((from.tag & TAG_OWNER) !== 0 || !comesFrom(from, sending.way)) return;
        if (sending.allocated !== undefined && (from.tag & TAG_MASK) !== sending.allocated) return;
        const incoming = this.parts.incoming(bytes, from);
        if (incoming !== undefined) exchange.deliver(incoming);
      },
      // Nothing is told of a request but its answer (kernel.md section 3): silence says it all.
      failed: () => undefined,
    });
    return socket;
  }

  private closeSocket(sending: Sending): void {
    sending.socket?.close();
    sending.socket = undefined;
    sending.allocated = undefined;
  }

  private placesOf(localEid: number): TagPlaces {
    const places = this.places.get(localEid) ?? new TagPlaces(this.parts.clock);
    this.places.set(localEid, places);
    return places;
  }

  private checkOpen(): void {
    if (this.closed) throw new MctpError('closed', 'the MCTP stack is shut down');
  }

  /** Time has passed. */
  private checkWanted(exchange: KernelExchange, { way }: Sending): void {
    this.checkOpen();
    const isKnown = this.sendings.has(exchange);
    if (isKnown && !exchange.released) return;
    throw new MctpError(isKnown ? 'cancelled' : 'link-down', 'the link went before it was sent', way.context);
  }
}

function isProbe(message: Uint8Array): boolean {
  return message[0] === MessageType.control && message[2] === GET_ENDPOINT_ID;
}

/** The kernel takes the first EID of the link, whatever we want. */
function checkSource({ link, context }: RequestWay, source: number | undefined): void {
  if (source === undefined || link === undefined || link.localEids.includes(source)) return;
  throw new MctpError('invalid-arguments', 'the source of a request is an EID of ours on its link', context);
}
