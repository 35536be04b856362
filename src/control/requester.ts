import { toHex } from '../base/bytes';
import type { Clock } from '../base/clock';
import { MctpError, isMctpError, type ErrorContext } from '../base/errors';
import { nullLog, type Log } from '../base/log';
import { nullMetrics, type Metrics, type RequestOutcome } from '../base/metrics';
import { isMalformed } from '../base/reader';
import { linkOf, type Destination, type Net, type NetLink } from '../core/net';
import type { ControlCommand, DecodeOptions } from './codec';
import { CommandRun, type Outcome } from './command-run';
import { completionText, encodeControlRequest } from './header';
import { LinkStates } from './link-state';
import { Target, TargetTable, type TargetStatistics } from './targets';
import { timingFor, type Timing } from './timing';
import { outgoingLink } from './way';

export interface ControlRequesterParts {
  readonly net: Net;
  readonly clock: Clock;
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** Timing of a link by its index; `undefined` = the way is not known. Default: {@link timingFor} the binding. */
  readonly timing?: (link: number | undefined) => Timing;
  /** Requests on the air on each link; default 16 (design decision D-7). */
  readonly windowSize?: number;
  /** Physical addresses and EIDs remembered; default 4096. */
  readonly targetLimit?: number;
}

export interface ControlRequestOptions extends DecodeOptions {
  /** Attempts in total instead of the link's (bridge polling and recovery use 1, R-DISC-11). */
  readonly attempts?: number;
  /** Milliseconds that each attempt waits, instead of the link's. */
  readonly timeoutMs?: number;
}

type AnyRequest = Pick<ControlCommand<unknown, unknown>, 'name' | 'code'>;
type Answered<Res> = AnyRequest & Pick<ControlCommand<unknown, Res>, 'decodeResponse'>;

/**
 * Sends control commands and waits for their answers (R-DISC-10..17). Commands to one physical address, or to one
 * routed EID, run one after another in the order of the calls; different ones run concurrently.
 */
export class ControlRequester {
  private readonly net: Net;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly metrics: Metrics;
  private readonly timing: (link: number | undefined) => Timing;
  private readonly targets: TargetTable;
  private readonly links: LinkStates;

  constructor(parts: ControlRequesterParts) {
    const { net, clock, log = nullLog, metrics = nullMetrics, windowSize, targetLimit } = parts;
    this.net = net;
    this.clock = clock;
    this.log = log;
    this.metrics = metrics;
    this.timing = parts.timing ?? ((link) => this.usualTiming(link));
    this.targets = new TargetTable(targetLimit);
    this.links = new LinkStates(net, clock, windowSize);
  }

  /**
   * Sends one command and gives its decoded answer.
   * @throws MctpError `no-response` (silence through all attempts), `refused` (`context.completionCode`),
   *   `bad-response` (too short, or of a wrong length), `stray-response` (through all attempts nothing but responses with
   *   another instance ID or command), and what `Net.request` throws
   */
  async request<Req, Res>(
    destination: Destination,
    command: ControlCommand<Req, Res>,
    request: Req,
    options: ControlRequestOptions = {},
  ): Promise<Res> {
    const data = command.encodeRequest(request);
    const target = this.targets.use(destination);
    return target.inTurn(async () => {
      const link = outgoingLink(this.net, destination);
      const where = context(destination, link, command);
      const began = this.clock.now();
      const ended = (outcome: RequestOutcome): void =>
        this.metrics.controlRequest(command.name, outcome, (this.clock.now() - began) / 1000);
      try {
        const outcome = await this.exchange({ destination, command, target, link, options }, data);
        const response = this.conclude(command, outcome, { where, target, options });
        ended('answered');
        return response;
      } catch (error) {
        ended(outcomeOf(error));
        throw this.failure(error, target, where);
      }
    });
  }

  /** Milliseconds that an attempt waits for an answer from there, unless the caller says otherwise (R-DISC-11). */
  timeoutMs(destination: Destination): number {
    return this.timing(outgoingLink(this.net, destination)?.index).timeoutMs;
  }

  /** Requests so far to a device that goes by these destinations (its EID, its physical address), added up. */
  statistics(...destinations: readonly Destination[]): TargetStatistics {
    return Target.statistics(destinations.flatMap((each) => this.targets.find(each) ?? []));
  }

  /**
   * Starts the statistics of a destination from zero, because another device may be behind it next. Its instance ID
   * counts on: a value must not come back within MT4 (DSP0236 §12.1).
   */
  forget(destination: Destination): void {
    this.targets.find(destination)?.forgetStatistics();
  }

  /** Stops listening to link events. Requests under way end with their exchange, once the net is closed too. */
  close(): void {
    this.links.close();
  }

  private async exchange(
    call: {
      readonly destination: Destination;
      readonly command: AnyRequest;
      readonly target: Target;
      readonly link: NetLink | undefined;
      readonly options: ControlRequestOptions;
    },
    data: Uint8Array,
  ): Promise<Outcome> {
    const { destination, command, target, link, options } = call;
    const usual = this.timing(link?.index);
    const state = link === undefined ? undefined : this.links.of(link);
    const place = await state?.window.enter();
    const expected = { instanceId: target.takeInstanceId(), command: command.code };
    try {
      target.sent();
      return await new CommandRun({
        net: this.net,
        clock: this.clock,
        destination,
        message: encodeControlRequest(expected, data),
        expected,
        timing: {
          attempts: options.attempts ?? usual.attempts,
          timeoutMs: options.timeoutMs ?? usual.timeoutMs,
        },
        link: state,
        place,
        hold: link?.backend !== 'kernel',
        stray: (cause) =>
          this.log.debug('dropped a response', { ...logged(destination, link, command), cause }),
      }).run();
    } finally {
      place?.leave();
    }
  }

  private conclude<Res>(
    command: Answered<Res>,
    outcome: Outcome,
    call: { readonly where: ErrorContext; readonly target: Target; readonly options: DecodeOptions },
  ): Res {
    const { where, target, options } = call;
    switch (outcome.kind) {
      case 'silence':
        target.timedOut();
        throw new MctpError('no-response', `no response to ${command.name}`, where);
      case 'refused': {
        const { completionCode } = outcome;
        const text = `${command.name} refused with ${completionText(completionCode)}`;
        throw new MctpError('refused', text, { ...where, completionCode });
      }
      case 'malformed':
        throw new MctpError('bad-response', `bad response to ${command.name}: ${outcome.reason}`, where);
      case 'stray':
        throw new MctpError(
          'stray-response',
          `no response of its own to ${command.name}: ${outcome.reason}`,
          where,
        );
      case 'answer': {
        target.answered(outcome.roundTripMs, this.clock.now());
        const response = command.decodeResponse(outcome.data, options);
        if (!isMalformed(response)) return response;
        throw new MctpError('bad-response', `bad response to ${command.name}: ${response.reason}`, where);
      }
    }
  }

  /** Notes the failure, and says which command a transport error hit. */
  private failure(error: unknown, target: Target, where: ErrorContext): unknown {
    const told =
      !isMctpError(error) || error.context.operation !== undefined
        ? error
        : new MctpError(error.code, error.message, { ...where, ...error.context }, { cause: error.cause });
    target.failed(told instanceof Error ? told.message : String(told), this.clock.now());
    return told;
  }

  private usualTiming(link: number | undefined): Timing {
    const binding = linkOf(this.net, link)?.physicalBinding;
    return timingFor(binding, undefined);
  }
}

function outcomeOf(error: unknown): RequestOutcome {
  if (isMctpError(error, 'no-response')) return 'timeout';
  if (isMctpError(error, 'refused')) return 'refused';
  return isMctpError(error, 'bad-response', 'stray-response') ? 'bad-response' : 'failed';
}

function context(destination: Destination, link: NetLink | undefined, command: AnyRequest): ErrorContext {
  return {
    ...(link === undefined ? {} : { link: link.name, network: link.network }),
    ...(destination.kind === 'eid' ? { network: destination.network, eid: destination.eid } : {}),
    ...(destination.kind === 'physical' ? { physicalAddress: destination.address } : {}),
    operation: command.name,
  };
}

function logged(destination: Destination, link: NetLink | undefined, command: AnyRequest) {
  const { physicalAddress, ...rest } = context(destination, link, command);
  return {
    link: rest.link,
    network: rest.network,
    eid: rest.eid,
    operation: rest.operation,
    physicalAddress: physicalAddress === undefined ? undefined : toHex(physicalAddress),
  };
}
