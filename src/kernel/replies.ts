import { MctpError, type ErrorContext } from '../base/errors';
import { BASELINE_UNIT, isEndpointEid } from '../base/ids';
import type { Incoming, NetLink, Requester } from '../core/net';
import type { MctpSocketAddress } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import { openExtended, type KernelAccess } from '../os/kernel-access';
import { sendFailure } from '../os/kernel-errors';
import { checkMessage } from './request-way';

export interface ReplyParts {
  readonly access: KernelAccess;
  readonly link: (index: number) => NetLink | undefined;
  /** The link that a route leads over. */
  readonly linkTo: (network: number, eid: number) => NetLink | undefined;
}

/** Answers, on one socket: the kernel keeps no state for them. */
export class Replies {
  private socket: MctpSocket | undefined;
  private closed = false;

  constructor(private readonly parts: ReplyParts) {}

  /** @throws MctpError as `Net.reply` */
  send(request: Incoming | Requester, message: Uint8Array): void {
    if (this.closed) throw new MctpError('closed', 'the MCTP stack is shut down');
    const { address, context } = this.addressOf(request, message);
    checkMessage(message, context);
    this.socket ??= this.open();
    const result = this.socket.send(message.subarray(1), { ...address, type: message[0] ?? 0 });
    if (result < 0) throw sendFailure(result, context);
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }

  private addressOf(
    request: Incoming | Requester,
    message: Uint8Array,
  ): { readonly address: Omit<MctpSocketAddress, 'type'>; readonly context: ErrorContext } {
    const { network, tag } = request;
    if ('kind' in request) {
      return { address: { network, eid: request.eid, tag }, context: { network, eid: request.eid } };
    }
    const { link: ifindex, source, physical } = request;
    const link = this.parts.link(ifindex);
    if (link === undefined) throw new MctpError('unreachable', `there is no link with index ${ifindex}`);
    const context = { link: link.name, network, eid: source, physicalAddress: physical };
    if (!link.up) throw new MctpError('link-down', 'the link is down', context);
    // Extended addressing goes to where the request came from, whatever the routes say, but in packets of the link's
    // MTU: a long answer takes the route, which knows what the requester can take.
    // A peer may have our EID too, until it has given us another one: the route to that leads to ourselves.
    const isLong =
      message.length > BASELINE_UNIT && isEndpointEid(source) && !link.localEids.includes(source);
    const isRouted = isLong && this.parts.linkTo(network, source)?.index === ifindex;
    const hardware = isRouted || request.looped === true ? {} : { hardware: { ifindex, address: physical } };
    return { address: { network, eid: source, tag, ...hardware }, context };
  }

  private open(): MctpSocket {
    return openExtended(this.parts.access, { message: () => undefined, failed: () => undefined });
  }
}
