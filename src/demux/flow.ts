import type { Exchange } from '../core/net';
import { isMoreProcessing } from './classify';

/** Longest a request may be answered with "more processing required", from the request on (R-DEMUX-45). Milliseconds. */
const MORE_PROCESSING_MS = 60_000;

/** What a client asked whom. */
export interface Asked<Client> {
  readonly client: Client;
  readonly eid: number;
  readonly type: number;
  /** See `correlationKey`. */
  readonly key: number | undefined;
}

export interface FlowHost<Client> {
  now(): number;
  /** A response for the client. */
  deliver(client: Client, eid: number, message: Uint8Array): void;
  ended(flow: Flow<Client>): void;
}

/** A request of a client that waits for its answer, and the tag it holds meanwhile (R-DEMUX-23). */
export class Flow<Client> {
  private readonly began: number;
  /** Set by "more processing required": how long an answer is waited for. */
  private until: number | undefined;
  private over = false;
  /** Responses to come that every client has got already (R-DEMUX-28). */
  private known = 0;

  constructor(
    private readonly host: FlowHost<Client>,
    readonly asked: Asked<Client>,
    private readonly exchange: Exchange,
  ) {
    this.began = host.now();
  }

  get tag(): number {
    return this.exchange.tag;
  }

  /** Resolves when the last answer has come or the tag has expired. */
  async run(): Promise<void> {
    do {
      const incoming = await this.exchange.receive(this.patience());
      if (incoming !== undefined) this.received(incoming.source, incoming.bytes);
    } while (this.isOpen());
    // What was only begun may still be ended by the peer.
    this.exchange.release({ quarantine: !this.over });
    this.host.ended(this);
  }

  /** The answer came as a request, from a peer that sets TO in all it sends (R-DEMUX-25). */
  answered(message: Uint8Array): void {
    this.received(this.asked.eid, message);
    // After the last one the tag is free, else the next wait is as long as this answer asks for.
    if (isMoreProcessing(message)) this.exchange.interrupt();
    else this.exchange.release({ answered: true });
  }

  /** The next response is one that the clients have got by themselves. */
  skipNext(): void {
    this.known++;
  }

  /** Nobody waits any more; the tag is quarantined, for its last answer may still come (R-DEMUX-34). */
  abandon(): void {
    this.over = true;
    this.exchange.release({ quarantine: true });
  }

  private received(source: number, message: Uint8Array): void {
    if (isMoreProcessing(message)) this.until = this.began + MORE_PROCESSING_MS;
    else this.over = true;
    if (this.known > 0) this.known--;
    else this.host.deliver(this.asked.client, source, message);
  }

  private isOpen(): boolean {
    return !this.over && this.exchange.open && (this.until === undefined || this.until > this.host.now());
  }

  /** 0: as long as the tag lives. */
  private patience(): number {
    return this.until === undefined ? 0 : this.until - this.host.now();
  }
}
