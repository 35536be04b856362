import type { Clock } from '../base/clock';
import { ClientError } from './client-error';
import { Deadline } from './deadline';

interface Waiter<Message> {
  resolve(message: Message): void;
  reject(reason: unknown): void;
  /** Takes its timer and its signal away. */
  leave(): void;
}

export interface MailboxOptions {
  readonly clock: Clock;
  /** Messages kept for a later `receive`. */
  readonly limit: number;
  /** The one who waited has gone without a message: his time was up, or his signal ended it. */
  readonly abandoned?: () => void;
}

/** What has come for a handle, and the one who waits for more (R-API-17, R-API-18). */
export class Mailbox<Message> {
  private queue: Message[] = [];
  private waiter: Waiter<Message> | undefined;

  constructor(private readonly options: MailboxOptions) {}

  /** Somebody waits. */
  get awaited(): boolean {
    return this.waiter !== undefined;
  }

  /**
   * The oldest message, now or within the time given; 0 = no limit.
   * @throws ClientError `TimedOut`, `AddrInUse` while somebody else waits; the signal's reason
   */
  async receive(timeoutMs: number, signal: AbortSignal | undefined): Promise<Message> {
    signal?.throwIfAborted();
    if (this.waiter !== undefined) throw new ClientError('AddrInUse');
    const first = this.queue.shift();
    return first ?? (await this.wait(timeoutMs, signal));
  }

  /** @returns false when the message was not taken because too many wait already */
  put(message: Message): boolean {
    const waiter = this.takeWaiter();
    if (waiter !== undefined) waiter.resolve(message);
    else if (this.queue.length >= this.options.limit) return false;
    else this.queue.push(message);
    return true;
  }

  /** Sends the one who waits away. */
  fail(reason: ClientError): void {
    this.takeWaiter()?.reject(reason);
  }

  clear(): void {
    this.queue = [];
  }

  private wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<Message> {
    return new Promise((resolve, reject) => {
      const { clock } = this.options;
      const late = (): void => this.abandon(new ClientError('TimedOut'));
      const abort = (): void => this.abandon(signal?.reason);
      const deadline = timeoutMs === 0 ? undefined : new Deadline(clock, timeoutMs, late);
      signal?.addEventListener('abort', abort, { once: true });
      const leave = (): void => {
        deadline?.cancel();
        signal?.removeEventListener('abort', abort);
      };
      this.waiter = { resolve, reject, leave };
    });
  }

  private abandon(reason: unknown): void {
    this.takeWaiter()?.reject(reason);
    this.options.abandoned?.();
  }

  private takeWaiter(): Waiter<Message> | undefined {
    const { waiter } = this;
    this.waiter = undefined;
    waiter?.leave();
    return waiter;
  }
}
