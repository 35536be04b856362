import type { Subscription } from '../base/events';
import { isWellKnown, matches } from './match';
import type { BusSignal, SignalMatch } from './match';

type Listener = (signal: BusSignal) => void;

interface Entry {
  readonly match: SignalMatch;
  readonly listener: Listener;
  /** Unique name behind a well-known `match.sender`; `''` while nobody owns it, `undefined` while nobody has said. */
  owner: string | undefined;
}

/**
 * Listeners by match. Signals carry the sender's unique name, so for a well-known one its owner is kept here, from
 * `NameOwnerChanged`, which the bus delivers before the new owner's first signal.
 */
export class SignalTable {
  private entries: readonly Entry[] = [];

  constructor(private readonly failed: (error: unknown) => void) {}

  add(match: SignalMatch, listener: Listener): Subscription {
    const entry: Entry = { match, listener, owner: undefined };
    this.entries = [...this.entries, entry];
    return {
      unsubscribe: () => {
        this.entries = this.entries.filter((each) => each !== entry);
      },
    };
  }

  /**
   * What the bus said when it was asked. A signal that came after this answer may have been handled before it, and knows
   * better.
   */
  learnOwner(name: string, owner: string): void {
    for (const entry of this.entries) if (entry.match.sender === name) entry.owner ??= owner;
  }

  /** A listener that throws is reported and does not keep the others from hearing it. */
  deliver(signal: BusSignal): void {
    this.followOwner(signal);
    for (const entry of this.entries) {
      if (!matches(entry.match, signal, entry.owner)) continue;
      try {
        entry.listener(signal);
      } catch (error) {
        this.failed(error);
      }
    }
  }

  private followOwner(signal: BusSignal): void {
    const [name, , owner] = signal.body;
    if (signal.sender !== 'org.freedesktop.DBus' || signal.member !== 'NameOwnerChanged') return;
    if (typeof name === 'string' && typeof owner === 'string' && isWellKnown(name))
      for (const entry of this.entries) if (entry.match.sender === name) entry.owner = owner;
  }
}
