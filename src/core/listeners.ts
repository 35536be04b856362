import type { Subscription } from '../base/events';
import type { Incoming } from './net';

interface Listener {
  readonly handler: (incoming: Incoming) => boolean;
  readonly priority: number;
  /** `undefined`: all. */
  readonly network: number | undefined;
}

/** Who wants incoming requests, by message type, network and priority. */
export class Listeners {
  private readonly byType = new Map<number, readonly Listener[]>();

  constructor(private readonly onDefect: (error: unknown) => void) {}

  add(
    type: number,
    handler: (incoming: Incoming) => boolean,
    priority: number,
    network?: number,
  ): Subscription {
    const listener = { handler, priority, network };
    const others = this.byType.get(type) ?? [];
    // The sort is stable: of one priority the earlier comes first.
    this.byType.set(
      type,
      [...others, listener].sort((a, b) => b.priority - a.priority),
    );
    return {
      unsubscribe: () => {
        const left = (this.byType.get(type) ?? []).filter((each) => each !== listener);
        this.byType.set(type, left);
      },
    };
  }

  /**
   * Offers a message until somebody claims it. A handler that throws has claimed it: it may have answered already, and
   * a request is answered once.
   */
  offer(incoming: Incoming): boolean {
    for (const { handler, network } of this.byType.get(incoming.type) ?? []) {
      if (network !== undefined && network !== incoming.network) continue;
      try {
        if (handler(incoming)) return true;
      } catch (error) {
        this.onDefect(error);
        return true;
      }
    }
    return false;
  }
}
