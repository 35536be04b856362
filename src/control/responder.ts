import { MessageType, EID_NULL } from '../base/ids';
import { describeCause } from '../base/errors';
import type { Subscription } from '../base/events';
import { nullLog, type Log } from '../base/log';
import { toHex } from '../base/bytes';
import { isMalformed } from '../base/reader';
import { linkOf, Priority, type Incoming, type Net } from '../core/net';
import { decoded, failed, succeeded, type Answer, type Handler, type Reaction } from './answer';
import { discoveryNotify } from './commands/discovery-notify';
import { getEndpointId } from './commands/get-endpoint-id';
import { getEndpointUuid } from './commands/get-endpoint-uuid';
import { getMctpVersionSupport, VERSION_LENGTH } from './commands/get-mctp-version-support';
import { getMessageTypeSupport } from './commands/get-message-type-support';
import { getRoutingTableEntries } from './commands/get-routing-table-entries';
import { getVendorDefinedMessageSupport, LAST_SELECTOR } from './commands/get-vendor-defined-message-support';
import { queryHop } from './commands/query-hop';
import { resolveEndpointId } from './commands/resolve-endpoint-id';
import {
  CONTROL_HEADER_SIZE,
  CONTROL_MESSAGE_MAX,
  CompletionCode,
  decodeControl,
  encodeControlResponse,
  type ControlMessage,
} from './header';
import { OwnerCommands } from './owner-commands';
import type { ResponderHost } from './responder-host';
import { answerQueryHop, answerResolve, answerRoutingTable } from './routing-answers';
import type { TypeTable } from './type-table';

export interface ResponderParts {
  readonly net: Net;
  readonly host: ResponderHost;
  readonly types: TypeTable;
  readonly log?: Log;
}

/** Type bytes of Get Endpoint ID: bus owner or bridge, simple endpoint; both with a static EID in effect. */
const TYPE_BRIDGE = 0x12;
const TYPE_SIMPLE = 0x02;
/** Bytes left for a list: header, completion code and count taken off. */
const LIST_ROOM = CONTROL_MESSAGE_MAX - CONTROL_HEADER_SIZE - 2;

/**
 * Answers control requests to us (R-DISC-130..134). It keeps nothing about requesters: a packet costs its answer and
 * no more. What a bus owner tells us is in `owner-commands.ts`.
 */
export class Responder {
  private readonly net: Net;
  private readonly host: ResponderHost;
  private readonly types: TypeTable;
  private readonly log: Log;
  private readonly handlers: ReadonlyMap<number, Handler>;
  private readonly subscription: Subscription;

  constructor({ net, host, types, log = nullLog }: ResponderParts) {
    this.net = net;
    this.host = host;
    this.types = types;
    this.log = log;
    this.handlers = this.table();
    this.subscription = net.listen(
      MessageType.control,
      (incoming) => this.offer(incoming),
      Priority.responder,
    );
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  /** `false`: not a request to us (IC=1, Rq=0, too short), left to whoever listens next (DSP0236 §12.1). */
  private offer(incoming: Incoming): boolean {
    const message = decodeControl(incoming.bytes);
    if (isMalformed(message) || !message.request || !incoming.to) return false;
    try {
      const reaction = this.react(incoming, message);
      if (reaction instanceof Promise) {
        reaction.then(
          (answer) => this.send(incoming, message, answer),
          (error: unknown) => this.fail(incoming, message, error),
        );
      } else if (reaction !== undefined) {
        this.send(incoming, message, reaction);
      }
    } catch (error) {
      this.fail(incoming, message, error);
    }
    return true;
  }

  /** A defect of ours or of the host; the requester still gets an answer. */
  private fail(incoming: Incoming, message: ControlMessage, error: unknown): void {
    this.complain('cannot act on a control request', { incoming, operation: nameOf(message) }, error);
    this.send(incoming, message, failed(CompletionCode.error));
  }

  private react(incoming: Incoming, { command, data }: ControlMessage): Reaction {
    const handler = this.handlers.get(command);
    return handler === undefined ? failed(CompletionCode.unsupportedCommand) : handler(incoming, data);
  }

  private send(incoming: Incoming, message: ControlMessage, answer: Answer): void {
    // A datagram is acted on and not answered (DSP0236 §12.1).
    if (!message.datagram) {
      const bytes = encodeControlResponse(message, answer.completion, answer.data);
      this.net.reply(incoming, bytes).catch((error: unknown) => {
        this.complain('cannot send a control response', { incoming, operation: nameOf(message) }, error);
      });
    }
    answer.afterwards?.();
  }

  private complain(
    text: string,
    { incoming, operation }: { readonly incoming: Incoming; readonly operation: string },
    error: unknown,
  ): void {
    this.log.debug(text, {
      link: linkOf(this.net, incoming.link)?.name,
      network: incoming.network,
      eid: incoming.source,
      physicalAddress: toHex(incoming.physical),
      operation,
      cause: describeCause(error),
    });
  }

  private table(): ReadonlyMap<number, Handler> {
    const { net, host } = this;
    return new Map<number, Handler>([
      ...new OwnerCommands(host).handlers(),
      [getEndpointId.code, decoded(getEndpointId, (incoming) => this.endpointId(incoming))],
      [getEndpointUuid.code, decoded(getEndpointUuid, () => succeeded(getEndpointUuid.encodeResponse(host)))],
      [getMctpVersionSupport.code, decoded(getMctpVersionSupport, (_, { type }) => this.versions(type))],
      [getMessageTypeSupport.code, decoded(getMessageTypeSupport, () => this.messageTypes())],
      [
        getVendorDefinedMessageSupport.code,
        decoded(getVendorDefinedMessageSupport, (_, { selector }) => this.vendorType(selector)),
      ],
      [
        resolveEndpointId.code,
        decoded(resolveEndpointId, (incoming, { eid }) => answerResolve(net, host, incoming, eid)),
      ],
      [
        getRoutingTableEntries.code,
        this.asBridge(
          decoded(getRoutingTableEntries, (incoming, { handle }) =>
            answerRoutingTable(net, host, incoming, handle),
          ),
        ),
      ],
      [
        queryHop.code,
        this.asBridge(decoded(queryHop, (incoming, request) => answerQueryHop(net, host, incoming, request))),
      ],
      [discoveryNotify.code, (incoming, data) => this.notified(incoming, data)],
    ]);
  }

  private isBusOwner(incoming: Incoming): boolean {
    return this.host.role(incoming.link) === 'BusOwner';
  }

  /** Bus owners and bridges only, others do not know the command whatever its length (R-DISC-131, 134). */
  private asBridge(handler: Handler): Handler {
    return (incoming, data) =>
      this.isBusOwner(incoming) || this.host.wantsPool?.(incoming.link) === true
        ? handler(incoming, data)
        : failed(CompletionCode.unsupportedCommand);
  }

  private endpointId(incoming: Incoming): Answer {
    const link = linkOf(this.net, incoming.link);
    const isBridge = this.isBusOwner(incoming) || this.host.wantsPool?.(incoming.link) === true;
    const type = this.host.endpointTypeByte?.(incoming.link) ?? (isBridge ? TYPE_BRIDGE : TYPE_SIMPLE);
    return succeeded(
      getEndpointId.encodeResponse({
        eid: link?.localEids[0] ?? EID_NULL,
        endpointType: (type >> 4) & 0x03,
        eidType: type & 0x03,
        mediumSpecific: 0,
      }),
    );
  }

  private versions(type: number): Answer {
    const versions = this.types.versions(type);
    if (versions === undefined) return failed(CompletionCode.typeNotSupported);
    // One packet: what does not fit is left out.
    const fitting = versions.slice(0, Math.floor(LIST_ROOM / VERSION_LENGTH));
    return succeeded(getMctpVersionSupport.encodeResponse({ versions: fitting }));
  }

  private messageTypes(): Answer {
    return succeeded(getMessageTypeSupport.encodeResponse({ types: this.types.types().slice(0, LIST_ROOM) }));
  }

  private vendorType(selector: number): Answer {
    const sets = this.types.vendorTypes();
    const set = sets[selector];
    if (set === undefined) return failed(CompletionCode.invalidData);
    const nextSelector = selector + 1 < sets.length ? selector + 1 : LAST_SELECTOR;
    return succeeded(getVendorDefinedMessageSupport.encodeResponse({ nextSelector, ...set }));
  }

  /** R-DISC-149: the host sets the sender up in the background. */
  private notified(incoming: Incoming, data: Uint8Array): Reaction {
    if (!this.isBusOwner(incoming)) return failed(CompletionCode.unsupportedCommand);
    if (data.length > 0) return failed(CompletionCode.invalidLength);
    return { ...succeeded(), afterwards: () => this.tellHost(incoming) };
  }

  private tellHost(incoming: Incoming): void {
    try {
      this.host.discoveryNotify?.(incoming);
    } catch (error) {
      this.complain('cannot act on a control request', { incoming, operation: 'Discovery Notify' }, error);
    }
  }
}

function nameOf({ command }: ControlMessage): string {
  return `control command 0x${command.toString(16).padStart(2, '0')}`;
}
