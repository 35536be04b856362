import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import { KernelExchange } from '../core/kernel-exchange';
import type { Destination, Exchange, Incoming, RequestOptions, Requester } from '../core/net';
import { Errno } from '../os/errno';
import { openExtended, type KernelAccess } from '../os/kernel-access';
import { sendFailure } from '../os/kernel-errors';
import { TAG_OWNER, TAG_PREALLOCATED, type MctpSocketAddress } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import { TagAllocator } from '../os/tag-allocator';
import { incomingFrom } from './kernel-incoming';

/** A request on its way, and the socket that holds its tag. */
interface Sending {
  readonly network: number;
  readonly eid: number;
  readonly message: Uint8Array;
  readonly socket: MctpSocket;
  /** Tag byte to send with. */
  readonly tag: number;
}

/** Where a request goes. */
type Routed = Pick<Sending, 'network' | 'eid'>;

/** Requests and responses of one client. Each request has a socket of its own: closing it gives its tag back. */
export class KernelRequests {
  /** Answers that were not those of their request (R-API-12), or were lost. */
  dropped = 0;
  private readonly sendings = new Map<KernelExchange, Sending>();
  private readonly allocator = new TagAllocator();
  private responder: MctpSocket | undefined;
  private closed = false;

  constructor(
    private readonly access: KernelAccess,
    private readonly clock: Clock,
  ) {}

  /** @throws MctpError as `Net.request`; a tag is not waited for (R-API-33) */
  async request(
    destination: Destination,
    message: Uint8Array,
    { hold = false, accepted }: RequestOptions = {},
  ): Promise<Exchange> {
    if (destination.kind !== 'eid') throw new MctpError('unreachable', 'requests go to EIDs');
    const { exchange, sending } = this.prepare(destination, message, hold);
    this.sendings.set(exchange, sending);
    try {
      await this.transmit(exchange);
    } catch (error) {
      exchange.abandon();
      throw error;
    }
    accepted?.(exchange);
    return exchange;
  }

  /** For {@link KernelExchange}. @throws MctpError as `Net.request` */
  transmit(exchange: KernelExchange): Promise<void> {
    const sending = this.sendings.get(exchange);
    if (sending === undefined) return Promise.reject(new MctpError('closed', 'the request is over'));
    const { network, eid, message, tag } = sending;
    const result = sending.socket.send(message.subarray(1), { network, eid, tag, type: message[0] ?? 0 });
    if (result < 0) return Promise.reject(sendFailure(result, { network, eid }));
    exchange.sent(this.clock.now());
    return Promise.resolve();
  }

  /** For {@link KernelExchange}. */
  close(exchange: KernelExchange): void {
    this.sendings.get(exchange)?.socket.close();
    this.sendings.delete(exchange);
  }

  /**
   * Goes out at once: the kernel keeps nothing of a response.
   * @throws MctpError as `Net.reply`
   */
  reply(request: Incoming | Requester, message: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.checkOpen();
      const to = responseAddress(request, message[0] ?? 0);
      this.responder ??= this.open(() => undefined);
      const result = this.responder.send(message.subarray(1), to);
      if (result < 0) throw sendFailure(result, { network: to.network, eid: to.eid });
      resolve();
    });
  }

  /** The sockets go, and with them the tags: whoever ends does not stay for late answers. */
  shutDown(): void {
    this.closed = true;
    for (const exchange of [...this.sendings.keys()]) exchange.abandon();
    this.responder?.close();
  }

  private prepare(
    { network, eid }: Routed,
    message: Uint8Array,
    hold: boolean,
  ): { readonly exchange: KernelExchange; readonly sending: Sending } {
    this.checkOpen();
    const socket = this.open((bytes, from) => {
      const incoming = incomingFrom(bytes, from);
      const isAnswer = !incoming.to && from.eid === eid && incoming.type === ((message[0] ?? 0) & 0x7f);
      if (isAnswer) exchange.deliver(incoming);
      else this.dropped++;
    });
    const tag = this.allocator.allocate(socket, network, eid);
    // For one answer a tag of the kernel's choice does as well; its value is known with the answer.
    const ownTag = tag !== -Errno.EOPNOTSUPP || hold;
    if (ownTag && tag < 0) {
      socket.close();
      throw sendFailure(tag, { network, eid });
    }
    const traits = { clock: this.clock, hold, ownTag, reclaim: false, probe: false };
    const exchange = new KernelExchange(this, traits);
    if (ownTag) exchange.tag = tag;
    const byte = ownTag ? TAG_OWNER | TAG_PREALLOCATED | tag : TAG_OWNER;
    return { exchange, sending: { network, eid, message: new Uint8Array(message), socket, tag: byte } };
  }

  private open(message: (bytes: Uint8Array, from: MctpSocketAddress) => void): MctpSocket {
    const failed = (): void => {
      this.dropped++;
    };
    return openExtended(this.access, { message, failed });
  }

  private checkOpen(): void {
    if (this.closed) throw new MctpError('closed', 'the client is closed');
  }
}

/** By the route, but straight back to a requester that has no EID. */
function responseAddress(request: Incoming | Requester, type: number): MctpSocketAddress {
  const { network, tag } = request;
  if ('kind' in request) return { network, eid: request.eid, type, tag };
  const { source: eid, link: ifindex, physical: address } = request;
  return { network, eid, type, tag, ...(eid === 0 ? { hardware: { ifindex, address } } : {}) };
}
