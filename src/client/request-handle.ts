import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import type { Destination, Exchange, Incoming, Net } from '../core/net';
import { ClientError, badArgument } from './client-error';
import { clientErrorOf } from './error-mapping';
import { Mailbox } from './mailbox';
import type { ReceivedMessage, RecvOptions } from './mctp-client';
import { receivedFrom } from './received';

export interface RequestHandleParts {
  readonly net: Pick<Net, 'request'>;
  readonly clock: Clock;
  readonly destination: Destination;
  /** The EID it is for. */
  readonly eid: number;
  /** R-API-43. */
  readonly hold: boolean;
}

/**
 * A request handle: its last request on the way, and the one who waits for the answer. Only what answers the last `send`
 * is received; the exchange of an earlier one is given up, its tag quarantined (R-API-34).
 */
export class RequestHandle {
  private readonly mailbox: Mailbox<ReceivedMessage>;
  /** Of the last send; `undefined` before it, after its answer, and after `release`. */
  private exchange: Exchange | undefined;
  /** The exchange somebody receives from just now. */
  private fetching: Exchange | undefined;
  /** The last send has been accepted and its last packet has not left. */
  private transmitting = false;
  /** A held request has left whose tag is not known yet. */
  private beginning = false;
  /** The last send failed after it was accepted: the next `recv` tells (R-API-16). */
  private failure: ClientError | undefined;
  private closed = false;

  constructor(private readonly parts: RequestHandleParts) {
    this.mailbox = new Mailbox({
      clock: parts.clock,
      limit: 1,
      abandoned: () => this.exchange?.interrupt(),
    });
  }

  get eid(): number {
    return this.parts.eid;
  }

  /**
   * Resolves with the tag when the message is on its way.
   * @param message whole, from the type byte on
   */
  async send(message: Uint8Array): Promise<number> {
    const { net, destination, hold } = this.parts;
    if (hold && (this.beginning || this.exchange?.open === true)) {
      throw badArgument('the held exchange is still open; release it before the next request');
    }
    this.beginning = hold;
    return new Promise((resolve, reject) => {
      let begun: Exchange | undefined;
      const accepted = (exchange: Exchange): void => {
        if (begun !== undefined) return;
        begun = exchange;
        this.beginning = false;
        this.begin(exchange);
        resolve(exchange.tag);
      };
      net.request(destination, message, { hold, accepted }).then(
        (exchange) => {
          accepted(exchange);
          this.transmitted(exchange);
        },
        (error: unknown) => {
          const failure = clientErrorOf(error);
          if (begun !== undefined) this.transmitFailed(begun, failure);
          else {
            this.beginning = false;
            reject(failure);
          }
        },
      );
    });
  }

  async recv(timeoutMillis: number, { signal }: RecvOptions): Promise<ReceivedMessage> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    const received = this.mailbox.receive(timeoutMillis, signal);
    this.fetch();
    return received;
  }

  /** R-API-43. @throws ClientError `BadArgument` */
  release(): void {
    if (!this.parts.hold) throw badArgument('only a held request is released');
    this.exchange?.release();
    this.forget(badArgument('the request was released'));
  }

  close(): void {
    this.closed = true;
    this.exchange?.release({ quarantine: this.parts.hold });
    this.forget(badArgument('the handle was dropped'));
  }

  private begin(exchange: Exchange): void {
    if (this.closed) {
      exchange.release({ quarantine: true });
      return;
    }
    this.exchange?.release();
    this.mailbox.clear();
    this.failure = undefined;
    this.exchange = exchange;
    this.transmitting = true;
    this.fetch();
  }

  private transmitted(exchange: Exchange): void {
    if (this.exchange !== exchange) return;
    this.transmitting = false;
    this.fetch();
  }

  private transmitFailed(exchange: Exchange, failure: ClientError): void {
    if (this.exchange !== exchange) return;
    this.transmitting = false;
    this.exchange = undefined;
    if (this.mailbox.awaited) this.mailbox.fail(failure);
    else this.failure = failure;
  }

  private forget(reason: ClientError): void {
    this.exchange = undefined;
    this.failure = undefined;
    this.mailbox.clear();
    this.mailbox.fail(reason);
  }

  /** Receives for whoever waits, and for nobody else: a tag lives as long as somebody waits for its answer (R-API-35). */
  private fetch(): void {
    const { exchange } = this;
    if (exchange === undefined || this.fetching === exchange || !this.mailbox.awaited) return;
    const wasOpen = exchange.open;
    this.fetching = exchange;
    exchange.receive(Infinity).then(
      (incoming) => this.fetched(exchange, incoming, wasOpen),
      (error: unknown) => {
        if (this.fetching === exchange) this.fetching = undefined;
        if (this.exchange === exchange) this.mailbox.fail(clientErrorOf(error));
      },
    );
  }

  private fetched(exchange: Exchange, incoming: Incoming | undefined, wasOpen: boolean): void {
    if (this.fetching === exchange) this.fetching = undefined;
    // Answers to an earlier send are nobody's.
    if (this.exchange !== exchange) return;
    if (incoming !== undefined) {
      if (!this.parts.hold) this.exchange = undefined;
      this.mailbox.put(receivedFrom(incoming));
    } else if (exchange.open || this.transmitting) {
      // The wait was ended, and the next one may have begun. A failed transmission is told where it failed.
      if (exchange.open) this.fetch();
    } else this.mailbox.fail(wasOpen ? wayLost() : tooLate());
  }
}

/** A tag that somebody waits for ends early only when the link goes away. */
function wayLost(): ClientError {
  return new ClientError('InternalError', {
    cause: new MctpError('unreachable', 'the link to the endpoint was removed while the answer was awaited'),
  });
}

function tooLate(): ClientError {
  return new ClientError('TimedOut', {
    cause: new MctpError('no-response', 'the tag of the request has expired; no answer can come any more'),
  });
}
