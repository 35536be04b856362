import { systemClock } from '../base/clock';
import type { Clock } from '../base/clock';

/** A method to call on somebody else. */
export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  /** Of the body; default none. */
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** Milliseconds until the call is given up; default 25000, as in libdbus. */
  readonly timeoutMs?: number;
  /** What measures the timeout; default the real one. */
  readonly clock?: Clock;
}

/** An error reply, or an error of ours in the same form: `errorName` is what clients test. */
export class BusError extends Error {
  override readonly name = 'BusError';

  constructor(
    readonly errorName: string,
    message: string,
  ) {
    super(message);
  }
}

export const DEFAULT_TIMEOUT_MS = 25_000;

interface Pending {
  resolve(body: readonly unknown[]): void;
  reject(error: BusError): void;
}

/**
 * Calls that wait for their reply, by serial. The library has no time-out and forgets its waiting calls when the bus
 * goes away, so the table is ours: every entry is settled exactly once, by reply, time-out or loss.
 */
export class PendingCalls {
  private readonly calls = new Map<number, Pending>();

  wait(
    serial: number,
    call: Pick<MethodCall, 'timeoutMs' | 'clock' | 'member'>,
  ): Promise<readonly unknown[]> {
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const timer = (call.clock ?? systemClock).setTimer(timeoutMs, () => {
        this.calls.delete(serial);
        reject(
          new BusError('org.freedesktop.DBus.Error.NoReply', `${call.member}: no reply in ${timeoutMs} ms`),
        );
      });
      this.calls.set(serial, {
        resolve: (body) => {
          timer.cancel();
          resolve(body);
        },
        reject: (error) => {
          timer.cancel();
          reject(error);
        },
      });
    });
  }

  /** A method return. One that nobody waits for any more is dropped. */
  resolve(serial: number, body: readonly unknown[]): void {
    this.take(serial)?.resolve(body);
  }

  reject(serial: number, error: BusError): void {
    this.take(serial)?.reject(error);
  }

  rejectAll(reason: string): void {
    for (const serial of [...this.calls.keys()]) {
      this.reject(serial, new BusError('org.freedesktop.DBus.Error.Disconnected', reason));
    }
  }

  private take(serial: number): Pending | undefined {
    const pending = this.calls.get(serial);
    this.calls.delete(serial);
    return pending;
  }
}
