import { toHex } from '../base/bytes';
import { Turns } from '../base/turns';
import type { Destination } from '../core/net';
import { INSTANCE_IDS } from './header';

/** What R-DBUS-54 shows of the requests to one endpoint. */
export interface TargetStatistics {
  /** Commands sent; a command's retries are part of it. */
  readonly requests: number;
  /** Those of them that stayed unanswered. */
  readonly timeouts: number;
  /** Text of the last failed exchange; empty while there is none. */
  readonly lastError: string;
  /** Of the last answered attempt; 0 before the first. */
  readonly roundTripMicroseconds: number;
}

/** One physical address or routed EID that requests go to. */
export class Target {
  private nextInstanceId = 0;
  private readonly turns = new Turns();
  private requests = 0;
  private timeouts = 0;
  private error = { text: '', at: -Infinity };
  private roundTrip = { microseconds: 0, at: -Infinity };

  get busy(): boolean {
    return this.turns.busy;
  }

  /** 0..31, counting up for each command (R-DISC-10). */
  takeInstanceId(): number {
    const instanceId = this.nextInstanceId;
    this.nextInstanceId = (instanceId + 1) % INSTANCE_IDS;
    return instanceId;
  }

  /** Runs `work` after everything that was asked of this target before (design decision D-7). */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.run(work);
  }

  sent(): void {
    this.requests += 1;
  }

  answered(roundTripMs: number, at: number): void {
    this.roundTrip = { microseconds: Math.round(roundTripMs * 1000), at };
  }

  failed(text: string, at: number): void {
    this.error = { text, at };
  }

  timedOut(): void {
    this.timeouts += 1;
  }

  forgetStatistics(): void {
    this.requests = 0;
    this.timeouts = 0;
    this.error = { text: '', at: -Infinity };
    this.roundTrip = { microseconds: 0, at: -Infinity };
  }

  /** Several targets may be one device (its EID and its physical address): counts add up, the later text stands. */
  static statistics(targets: readonly Target[]): TargetStatistics {
    let error = { text: '', at: -Infinity };
    let roundTrip = { microseconds: 0, at: -Infinity };
    for (const target of targets) {
      if (target.error.at > error.at) error = target.error;
      if (target.roundTrip.at > roundTrip.at) roundTrip = target.roundTrip;
    }
    return {
      requests: targets.reduce((sum, each) => sum + each.requests, 0),
      timeouts: targets.reduce((sum, each) => sum + each.timeouts, 0),
      lastError: error.text,
      roundTripMicroseconds: roundTrip.microseconds,
    };
  }
}

/** More than 254 EIDs on each of many networks, and bounded whatever addresses callers come up with. */
const MOST_TARGETS = 4096;

/** The targets in use and those used last; the one unused longest goes first when there are too many. */
export class TargetTable {
  private readonly targets = new Map<string, Target>();

  constructor(private readonly limit: number = MOST_TARGETS) {}

  get size(): number {
    return this.targets.size;
  }

  /** The target, made if it is new. */
  use(destination: Destination): Target {
    const key = targetKey(destination);
    const target = this.targets.get(key) ?? new Target();
    this.targets.delete(key);
    this.makeRoom();
    this.targets.set(key, target);
    return target;
  }

  find(destination: Destination): Target | undefined {
    return this.targets.get(targetKey(destination));
  }

  private makeRoom(): void {
    if (this.targets.size < this.limit) return;
    for (const [key, target] of this.targets) {
      // A busy one holds the order of its callers, and each of those callers is waiting: they bound the rest.
      if (target.busy) continue;
      this.targets.delete(key);
      if (this.targets.size < this.limit) return;
    }
  }
}

export function targetKey(destination: Destination): string {
  switch (destination.kind) {
    case 'eid':
      return `eid ${destination.network} ${destination.eid}`;
    case 'physical':
      return `physical ${destination.link} ${toHex(destination.address)}`;
    case 'broadcast':
      return `broadcast ${destination.link}`;
  }
}
