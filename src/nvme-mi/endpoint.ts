import { systemClock, type Clock } from '../base/clock';
import { describeError, type ErrorContext } from '../base/errors';
import { nullLog, type Log } from '../base/log';
import { isMalformed, type Malformed } from '../base/reader';
import { Turns } from '../base/turns';
import type { AdminCommand, MiCommand } from './command';
import { NvmeMiController } from './controller';
import {
  adminAnswer,
  adminRequestBody,
  isNvmeSuccess,
  miAnswer,
  miRequestBody,
  primitiveAnswer,
  primitiveBody,
} from './encoding';
import { NvmeMiStatusError, NvmeMiTransportError, NvmeStatusError, unusableAnswer } from './errors';
import {
  DEFAULT_LIMITS,
  exchange,
  type Limits,
  type Line,
  type NvmeMiCallOptions,
  type RequestClient,
} from './exchange';
import { NvmeMiType, type Slot } from './message';
import { abort, type ControlPrimitive } from './primitives';
import { CAUTIOUS, NO_QUIRKS, quirksSeenIn, type Quirks } from './quirks';

export interface NvmeMiEndpointParts {
  /** Of the network that the endpoint is in; `stack.client` of a `Stack`. Not closed. */
  readonly client: RequestClient;
  /** 8..254. */
  readonly eid: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly log?: Log;
  /** For messages: the network of the client. */
  readonly network?: number;
  /** Of every call that has none of its own. */
  readonly limits?: Partial<Limits>;
  /** Default true: leaves the pause between requests that some drives need, until the drive is known not to. */
  readonly quirks?: boolean;
  /** The slots take commands at the same time. Default false: one command at a time, whatever the slot. */
  readonly concurrentSlots?: boolean;
}

/** Control primitives are answered at once, whatever the commands do. */
const ABORT_TIMEOUT_MS = 1000;

/**
 * An NVMe-MI management endpoint: the management side of an NVM subsystem (a drive) at an EID. Commands run one after
 * another; a failed call rejects with {@link NvmeMiStatusError}, {@link NvmeStatusError} or {@link NvmeMiTransportError}.
 * Nothing is cleared and nothing is changed by a command that does not say so. It holds nothing that must be closed.
 *
 * ```ts
 * const drive = new NvmeMiEndpoint({ client, eid: 9 });
 * const { temperature } = await drive.request(subsystemHealthStatusPoll, {});
 * const { serialNumber } = await drive.controller(0).identity();
 * ```
 */
export class NvmeMiEndpoint {
  private readonly line: Line;
  private readonly limits: Limits;
  private readonly log: Log;
  private readonly turns: readonly [Turns, Turns];
  /** Of control primitives, which do not wait for the commands. */
  private readonly primitiveTurns = new Turns();
  /** The last command was given up, so the slot may still be busy with it. */
  private readonly unsettled: [boolean, boolean] = [false, false];
  private quirks: Quirks;
  private lastAnswerAt = -Infinity;
  private nextTag = 0;

  constructor(private readonly parts: NvmeMiEndpointParts) {
    const { client, eid, clock = systemClock } = parts;
    const { log = nullLog, limits, quirks = true, concurrentSlots = false } = parts;
    this.line = { client, eid, clock };
    this.log = log;
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.quirks = quirks ? CAUTIOUS : NO_QUIRKS;
    const turns = new Turns();
    this.turns = [turns, concurrentSlots ? new Turns() : turns];
  }

  get eid(): number {
    return this.parts.eid;
  }

  /** One of the controllers of the subsystem. @param id 0..65535; need not exist */
  controller(id: number): NvmeMiController {
    return new NvmeMiController(this, id);
  }

  /**
   * A command of the endpoint itself.
   * @throws RangeError for a request that cannot be encoded
   */
  async request<Req, Res>(
    command: MiCommand<Req, Res>,
    request: Req,
    options: NvmeMiCallOptions = {},
  ): Promise<Res> {
    const body = await this.run(NvmeMiType.mi, command.name, miRequestBody(command, request), options);
    return this.usable(command.decodeResponse(miAnswer(body), request), command.name);
  }

  /**
   * An Admin command of a controller.
   * @throws RangeError for a request that cannot be encoded
   */
  async admin<Req, Res>(
    controller: number,
    command: AdminCommand<Req, Res>,
    request: Req,
    options: NvmeMiCallOptions = {},
  ): Promise<Res> {
    const { name } = command;
    const requestBody = adminRequestBody(command, controller, request);
    const body = await this.run(NvmeMiType.admin, name, requestBody, options);
    const answer = this.usable(adminAnswer(body), name);
    if (!isNvmeSuccess(answer.status)) {
      throw new NvmeStatusError(answer.status, { ...this.context(name), controller });
    }
    if (this.parts.quirks !== false) this.quirks = quirksSeenIn(requestBody, answer.data) ?? this.quirks;
    return this.usable(command.decodeResponse(answer, request), name);
  }

  /** A control primitive; it does not wait for the command that runs. */
  primitive<Req, Res>(
    primitive: ControlPrimitive<Req, Res>,
    request: Req,
    options: NvmeMiCallOptions = {},
  ): Promise<Res> {
    const { opcode, name } = primitive;
    const parameter = primitive.encodeRequest(request);
    return this.primitiveTurns.run(async () => {
      const tag = this.nextTag;
      this.nextTag = (tag + 1) & 0xff;
      const body = primitiveBody(opcode, tag, parameter);
      const { slot = 0 } = options;
      const answer = primitiveAnswer(
        await this.exchange({ type: NvmeMiType.control, slot, body, name }, options),
      );
      // MCTP's own tag says as much, but not where a device mixes up its answers.
      if (answer.tag !== tag) throw this.unusable(`it has tag ${answer.tag} instead of ${tag}`, name);
      return primitive.decodeResponse(answer.response);
    });
  }

  /** In turn: the command, after the Abort that its slot may need. */
  private run(
    type: NvmeMiType,
    name: string,
    body: Uint8Array,
    options: NvmeMiCallOptions,
  ): Promise<Uint8Array> {
    const { slot = 0 } = options;
    return this.turns[slot].run(async () => {
      if (this.unsettled[slot]) await this.free(slot, options);
      return this.exchange({ type, slot, body, name }, options);
    });
  }

  /** Whatever becomes of it, the command is tried: an endpoint without Abort may have come to its end by now. */
  private async free(slot: Slot, options: NvmeMiCallOptions): Promise<void> {
    const timeoutMs = Math.min(options.timeoutMs ?? this.limits.timeoutMs, ABORT_TIMEOUT_MS);
    try {
      await this.primitive(abort, {}, { slot, timeoutMs });
    } catch (error) {
      const { network, eid } = this.parts;
      const fields = { network, eid, operation: abort.name, cause: describeError(error) };
      this.log.warn('the command that was given up could not be aborted', fields);
    }
  }

  private async exchange(request: Request, options: NvmeMiCallOptions): Promise<Uint8Array> {
    const { clock } = this.line;
    const { type, slot, body, name } = request;
    const pauseMs = this.lastAnswerAt + this.quirks.pauseMs - clock.now();
    if (pauseMs > 0) await clock.sleep(pauseMs);
    const isCommand = type !== NvmeMiType.control;
    const sent = (): void => {
      if (isCommand) this.unsettled[slot] = true;
    };
    try {
      const call = { type, slot, body, context: this.context(name), sent };
      const answer = await exchange(this.line, call, limitsOf(this.limits, options));
      this.answered(isCommand, slot);
      return answer;
    } catch (error) {
      // Whatever the answer was, the endpoint is through with the command.
      if (isAnswer(error)) this.answered(isCommand, slot);
      throw error;
    }
  }

  private answered(isCommand: boolean, slot: Slot): void {
    this.lastAnswerAt = this.line.clock.now();
    if (isCommand) this.unsettled[slot] = false;
  }

  private usable<Value>(value: Value | Malformed, name: string): Value {
    if (isMalformed(value)) throw this.unusable(value.reason, name);
    return value;
  }

  private unusable(reason: string, name: string): NvmeMiTransportError {
    return unusableAnswer(reason, this.context(name));
  }

  private context(operation: string): ErrorContext {
    const { network, eid } = this.parts;
    return { ...(network === undefined ? {} : { network }), eid, operation };
  }
}

interface Request {
  readonly type: NvmeMiType;
  readonly slot: Slot;
  readonly body: Uint8Array;
  readonly name: string;
}

function limitsOf(usual: Limits, own: Partial<Limits>): Limits {
  return {
    timeoutMs: own.timeoutMs ?? usual.timeoutMs,
    totalMs: own.totalMs ?? usual.totalMs,
    moreProcessingLimit: own.moreProcessingLimit ?? usual.moreProcessingLimit,
  };
}

function isAnswer(error: unknown): boolean {
  return (
    error instanceof NvmeMiStatusError ||
    (error instanceof NvmeMiTransportError && error.code === 'bad-response')
  );
}
