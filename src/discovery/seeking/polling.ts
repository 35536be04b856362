import type { Clock, Timer } from '../../base/clock';
import { describeCause, isMctpError, MctpError, type ErrorCode } from '../../base/errors';
import type { Subscription } from '../../base/events';
import type { Log, LogFields } from '../../base/log';
import type { Endpoint } from '../endpoint';
import type { Exchanges } from '../exchanges';
import type { LearnByEid } from '../learn-by-eid';
import { eidKey } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Registry, RegistryEvent } from '../registry';

const OPERATION = 'Poll';
/** Failures that say no more than that nobody is there yet, or any more. */
const USUAL: readonly ErrorCode[] = ['no-response', 'link-down', 'cancelled'];

/** One EID of a bridge's pool, for as long as the bridge holds it. */
interface Poll {
  readonly network: number;
  readonly eid: number;
  readonly bridge: number;
  /** Until the next probe. None while one is under way, nor for long while the EID has an endpoint. */
  timer: Timer | undefined;
  /** What was complained of last. */
  lastFailure: string;
}

export interface PollingParts {
  /** Pause before each probe, 2500..10000 ms; 0 = no polling. */
  readonly intervalMs: number;
  readonly table: PeerTable;
  readonly registry: Registry;
  readonly exchanges: Pick<Exchanges, 'getEndpointId'>;
  readonly byEid: Pick<LearnByEid, 'enumerate'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs a task when no other operation works on the EID (R-DISC-6). */
  readonly inTurn: (network: number, eid: number, task: () => Promise<void>) => Promise<void>;
}

/**
 * Finds the endpoints behind bridges, which may come late and of which nobody tells (R-DISC-110..115). Each EID of a pool
 * has a timer of its own, so that a dead one holds up nobody (D-7). It follows the published picture: an EID is polled
 * while its bridge is there with a pool, and nobody is published under it (R-DISC-81, R-DISC-82).
 */
export class Polling {
  private readonly polls = new Map<string, Poll>();
  private subscription: Subscription | undefined;

  constructor(private readonly parts: PollingParts) {}

  start(): void {
    if (this.parts.intervalMs === 0) return;
    this.subscription = this.parts.registry.events.on((event) => this.handle(event));
  }

  /** For good. A probe that is under way ends, and has no successor. */
  stop(): void {
    this.subscription?.unsubscribe();
    for (const { timer } of this.polls.values()) timer?.cancel();
    this.polls.clear();
  }

  private handle(event: RegistryEvent): void {
    switch (event.kind) {
      case 'pool-allocated':
        this.begin(event.endpoint);
        break;
      case 'endpoint-added':
        this.begin(event.endpoint);
        break;
      case 'endpoint-removed':
        this.end(event.endpoint);
        this.resume(event.endpoint);
        break;
      default:
        break;
    }
  }

  /** The first probe comes one interval after the pool was allocated (R-DISC-110). */
  private begin({ network, eid: bridge, pool }: Endpoint): void {
    if (pool === undefined) return;
    for (let eid = pool.start; eid <= pool.end; eid++) {
      const poll: Poll = { network, eid, bridge, timer: undefined, lastFailure: '' };
      this.polls.set(eidKey(network, eid), poll);
      this.arm(poll);
    }
  }

  private end({ network, eid: bridge }: Endpoint): void {
    for (const [key, poll] of this.polls) {
      if (poll.network !== network || poll.bridge !== bridge) continue;
      poll.timer?.cancel();
      this.polls.delete(key);
    }
  }

  private resume({ network, eid }: Endpoint): void {
    const poll = this.polls.get(eidKey(network, eid));
    if (poll !== undefined) this.arm(poll);
  }

  private arm(poll: Poll): void {
    poll.timer?.cancel();
    poll.timer = undefined;
    const { clock, intervalMs, log, registry } = this.parts;
    if (!this.isCurrent(poll) || registry.endpoint(poll.network, poll.eid) !== undefined) return;
    poll.timer = clock.setTimer(intervalMs, () => {
      poll.timer = undefined;
      this.round(poll).catch((error: unknown) => {
        // Nobody is probed while the daemon stops.
        if (!isMctpError(error, 'cancelled')) log.error('polling failed', this.failureFields(poll, error));
      });
    });
  }

  /** The next probe one interval after this one has ended (R-DISC-111). */
  private async round(poll: Poll): Promise<void> {
    const { inTurn, table } = this.parts;
    const { network, eid } = poll;
    try {
      await inTurn(network, eid, async () => {
        if (!this.isCurrent(poll) || table.get(network, eid) !== undefined) return;
        await this.probe(poll);
      });
    } finally {
      this.arm(poll);
    }
  }

  /** Whatever is wrong with an answer makes it as good as none (R-DISC-113, R-DISC-114). */
  private async probe(poll: Poll): Promise<void> {
    const { byEid, exchanges, table } = this.parts;
    const { network, eid } = poll;
    try {
      const answer = await exchanges.getEndpointId({ kind: 'eid', network, eid }, { attempts: 1 });
      // The bridge may have gone, and an EID of our own may have come, while we waited.
      if (!this.isCurrent(poll) || table.get(network, eid) !== undefined) return;
      if (answer.eid !== eid) {
        const context = { network, eid, requestedEid: answer.eid, operation: OPERATION };
        throw new MctpError('eid-mismatch', `${OPERATION}: EID ${eid} answered as ${answer.eid}`, context);
      }
      await byEid.enumerate({ network, eid, operation: OPERATION }, answer);
      poll.lastFailure = '';
    } catch (error) {
      if (!isMctpError(error)) throw error;
      this.complain(poll, error);
    }
  }

  /** That nobody is there is no news, and any other failure only once. */
  private complain(poll: Poll, error: MctpError): void {
    const isUsual = USUAL.includes(error.code);
    const isNews = !isUsual && error.code !== poll.lastFailure;
    if (!isUsual) poll.lastFailure = error.code;
    this.parts.log[isNews ? 'warn' : 'debug'](
      'no endpoint behind the bridge',
      this.failureFields(poll, error),
    );
  }

  private failureFields({ network, eid, bridge }: Poll, error: unknown): LogFields {
    const { registry } = this.parts;
    const at = registry.endpoint(network, bridge)?.link;
    const link = at === undefined ? undefined : registry.link(at)?.link.name;
    return { link, network, eid, operation: OPERATION, cause: describeCause(error), bridge };
  }

  private isCurrent(poll: Poll): boolean {
    return this.polls.get(eidKey(poll.network, poll.eid)) === poll;
  }
}
