import type { Subscription } from '../base/events';
import type { Incoming } from '../core/net';
import { badArgument, type ClientError } from './client-error';
import type { ClientHost } from './client-host';
import { clientErrorOf } from './error-mapping';
import type { Interest } from './listener-directory';
import { Mailbox } from './mailbox';
import type { ReceivedMessage, RecvOptions } from './mctp-client';
import { receivedFrom } from './received';

/** A listener's handle: what has come for it, the oldest first; when too much waits, what comes is thrown away (A.6). */
export class ListenerHandle {
  private readonly mailbox: Mailbox<ReceivedMessage>;
  private readonly subscription: Subscription;
  private refusal: ClientError | undefined;

  /**
   * @param taken told of each request that the client will be given
   * @throws ClientError `AddrInUse`
   */
  constructor(
    private readonly service: ClientHost,
    interest: Interest,
    private readonly taken: (incoming: Incoming) => void,
  ) {
    this.mailbox = new Mailbox({ clock: service.clock, limit: service.limits.unread });
    this.subscription = service.directory.add(interest, {
      deliver: (incoming) => this.deliver(incoming),
      refused: (error) => this.refuse(clientErrorOf(error)),
    });
  }

  /** @throws ClientError also `AddrInUse`: a link has come, and in the kernel another program has the type */
  async recv(timeoutMillis: number, { signal }: RecvOptions): Promise<ReceivedMessage> {
    if (this.refusal !== undefined) throw this.refusal;
    return await this.mailbox.receive(timeoutMillis, signal);
  }

  close(): void {
    this.subscription.unsubscribe();
    this.mailbox.clear();
    this.mailbox.fail(badArgument('the handle was dropped'));
  }

  /** Whoever waited for ever would not know. */
  private refuse(refusal: ClientError): void {
    this.refusal = refusal;
    this.subscription.unsubscribe();
    this.mailbox.clear();
    this.mailbox.fail(refusal);
  }

  private deliver(incoming: Incoming): void {
    if (this.mailbox.put(receivedFrom(incoming))) {
      this.taken(incoming);
      return;
    }
    this.service.dropped++;
    const fields = { ...this.service.origin(incoming), type: incoming.type };
    this.service.log.debug('dropped a request: the listener does not receive', fields);
  }
}
