import { toHex } from '../../base/bytes';
import type { Clock, Timer } from '../../base/clock';
import { describeCause, MctpError } from '../../base/errors';
import type { Log } from '../../base/log';
import type { Incoming } from '../../core/net';
import type { Operations } from '../operations';
import { addressKey } from '../peer';
import type { Registry } from '../registry';

/** Rest between two looks at one device, however often it notifies us. */
const PAUSE_MS = 1000;

/** Devices looked at side by side. No bus has more; whoever makes up addresses gets no further. */
const MOST_VISITS = 1024;

interface Visit {
  /** It has notified us since the look began. */
  again: boolean;
  rest: Timer | undefined;
  lastFailure: string;
}

/**
 * Devices that have sent Discovery Notify (R-DISC-149, R-DISC-5). They have their acknowledgement, so they do not
 * repeat it: one that notifies us while it is looked at, because it was reset meanwhile, is looked at once more.
 */
export class Notified {
  private readonly visits = new Map<string, Visit>();
  private stopped = false;

  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly operations: Pick<Operations, 'setupEndpoint'>;
      readonly clock: Clock;
      readonly log: Log;
    },
  ) {}

  tell(incoming: Incoming): void {
    if (this.stopped) return;
    const key = addressKey(incoming.link, incoming.physical);
    const known = this.visits.get(key);
    if (known !== undefined) {
      known.again = true;
      return;
    }
    if (this.visits.size >= MOST_VISITS) return;
    const visit: Visit = { again: false, rest: undefined, lastFailure: '' };
    this.visits.set(key, visit);
    this.look(visit, incoming, key);
  }

  stop(): void {
    this.stopped = true;
    for (const { rest } of this.visits.values()) rest?.cancel();
    this.visits.clear();
  }

  private look(visit: Visit, incoming: Incoming, key: string): void {
    visit.again = false;
    this.parts.operations
      .setupEndpoint(incoming.link, incoming.physical)
      .then(
        () => {
          visit.lastFailure = '';
        },
        (error: unknown) => this.complain(visit, incoming, error),
      )
      .finally(() => this.relax(visit, incoming, key));
  }

  private relax(visit: Visit, incoming: Incoming, key: string): void {
    if (this.stopped) return;
    visit.rest = this.parts.clock.setTimer(PAUSE_MS, () => {
      if (visit.again) this.look(visit, incoming, key);
      else this.visits.delete(key);
    });
  }

  /** The same failure over and over is news once. */
  private complain(visit: Visit, incoming: Incoming, error: unknown): void {
    const failure = error instanceof MctpError ? error.code : String(error);
    const isNews = failure !== visit.lastFailure && !this.stopped;
    visit.lastFailure = failure;
    this.parts.log[isNews ? 'warn' : 'debug']('device that notified us not set up', {
      link: this.parts.registry.link(incoming.link)?.link.name,
      network: incoming.network,
      physicalAddress: toHex(incoming.physical),
      operation: 'Discovery Notify',
      cause: describeCause(error),
    });
  }
}
