import type { Clock } from '../base/clock';
import { describeCause } from '../base/errors';
import type { Log } from '../base/log';
import { peerFields } from './checks';
import { endRecovery, type Course, type Peer } from './peer';
import type { Publication } from './publication';
import type { RecoveryProbe } from './recovery-probe';
import type { Registry } from './registry';
import type { Removal } from './removal';

const OPERATION = 'Recover';
/** Milliseconds after which an SMBus device that is not back has lost its EID (DSP0237); used for all bindings. */
const TRECLAIM_MS = 5000;
/** The first one and MN1 = 2 retries. */
const PROBES = 3;

export interface RecoveryParts {
  readonly probe: Pick<RecoveryProbe, 'run' | 'timeoutMs'>;
  readonly publication: Pick<Publication, 'degraded'>;
  readonly registry: Pick<Registry, 'link'>;
  readonly removal: Pick<Removal, 'remove' | 'forget'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs a task when no other operation works on the endpoint (R-DISC-6). */
  readonly inTurn: (peer: Peer, task: () => Promise<void>) => Promise<void>;
}

/**
 * Endpoint1.Recover: probes a degraded endpoint until it is decided whether it is there (R-DISC-90..98). A probe has
 * its turn as every operation has, the pauses between probes hold up nobody. Each course ends in a signal: Available,
 * or the removal of the object (R-CONS-17).
 */
export class Recovery {
  private stopped = false;

  constructor(private readonly parts: RecoveryParts) {}

  /** Tells that the endpoint is degraded, in this turn, and starts; a degraded one is left to its course (R-DISC-90). */
  begin(peer: Peer): void {
    if (this.stopped || peer.connectivity === 'Degraded') return;
    const course: Course = { failed: 0, timer: undefined };
    peer.recovery = course;
    // Armed first: whoever hears of it may remove the endpoint at once.
    this.arm(peer, course, 0);
    this.parts.publication.degraded(peer, OPERATION);
  }

  /** For good: also for probes that are still under way. */
  stop(peers: readonly Peer[]): void {
    this.stopped = true;
    for (const peer of peers) endRecovery(peer);
  }

  private arm(peer: Peer, course: Course, pauseMs: number): void {
    course.timer = this.parts.clock.setTimer(pauseMs, () => {
      this.round(peer, course).catch((error: unknown) => this.giveUp(peer, error));
    });
  }

  private round(peer: Peer, course: Course): Promise<void> {
    return this.parts.inTurn(peer, async () => {
      // An operation that was faster may have found or removed it (R-DISC-97).
      if (!isOpen(peer, course)) return;
      try {
        await this.parts.probe.run(peer);
      } catch (error) {
        await this.failed(peer, course, error);
      }
    });
  }

  /** The next probe Treclaim/2 after this one began, if it was silence that failed it (R-DISC-91); or R-DISC-96. */
  private async failed(peer: Peer, course: Course, error: unknown): Promise<void> {
    const { registry } = this.parts;
    const occasion = { operation: OPERATION, cause: describeCause(error) };
    if (!isOpen(peer, course)) {
      this.parts.log.debug('recovery overtaken', peerFields(registry, peer, occasion));
      return;
    }
    course.failed++;
    const isLast = course.failed >= PROBES;
    this.parts.log[isLast ? 'warn' : 'debug'](isLast ? 'endpoint not recovered' : 'recovery probe failed', {
      ...peerFields(registry, peer, occasion),
      probe: course.failed,
    });
    if (isLast) await this.parts.removal.remove(peer, occasion);
    else this.arm(peer, course, Math.max(0, TRECLAIM_MS / 2 - this.parts.probe.timeoutMs(peer)));
  }

  /** A defect must not leave an endpoint degraded for ever. */
  private giveUp(peer: Peer, error: unknown): void {
    if (this.stopped || peer.gone || peer.connectivity === 'Available') return;
    const occasion = { operation: OPERATION, cause: describeCause(error) };
    this.parts.log.error('recovery failed', peerFields(this.parts.registry, peer, occasion));
    this.parts.removal.forget(peer, occasion);
  }
}

/** Whether a course still decides about its peer. */
function isOpen(peer: Peer, course: Course): boolean {
  return !peer.gone && peer.recovery === course;
}
