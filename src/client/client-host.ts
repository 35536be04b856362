import type { Clock } from '../base/clock';
import type { Subscription } from '../base/events';
import type { Log, LogFields } from '../base/log';
import type { Incoming, Net } from '../core/net';
import type { Interest, ListenerSink } from './listener-directory';
import type { Quota } from './quota';

/** What a client in the same process stands on: the daemon's stack, or sockets of the kernel. */
export interface ClientHost {
  readonly net: Pick<Net, 'request' | 'reply'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Control requests are answered by somebody else already. */
  readonly controlResponder: boolean;
  readonly limits: {
    /** Requests that wait unread at one listener. */
    readonly unread: number;
  };
  readonly directory: {
    /** @throws ClientError or MctpError: somebody listens to just that, or we may not */
    add(interest: Interest, sink: ListenerSink): Subscription;
  };
  /** Requests that were thrown away because the client they were for did not receive. */
  dropped: number;
  /** Where a message came from, for a line of the log (D-17). */
  origin(incoming: Incoming): LogFields;
  /** The places that one client has. */
  quotas(): { readonly listeners: Quota; readonly requests: Quota };
  /** @throws ClientError `BadArgument` where there is no such network */
  network(wanted: number | undefined): number;
  /** 0 while there is none. */
  localEid(network: number): number | Promise<number>;
  /** @throws ClientError `AddrInUse` */
  changeLocalEid(network: number, eid: number): Promise<void>;
}
