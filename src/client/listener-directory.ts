import type { MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import { EID_BROADCAST, MessageType } from '../base/ids';
import { Priority, type Incoming, type Net } from '../core/net';
import { ClientError } from './client-error';
import { clientErrorOf } from './error-mapping';

/** What a listener listens to. */
export interface Interest {
  readonly network: number;
  readonly type: number;
  /** `undefined`: requests of everybody. */
  readonly from: number | undefined;
}

/** Who listens. */
export interface ListenerSink {
  deliver(incoming: Incoming): void;
  /** Nothing will be heard: another program has the type in the kernel (R-DEMUX-46). */
  refused(error: MctpError): void;
}

/** The listeners of one type in one network, by the source they are for. */
type Sinks = Map<number | undefined, ListenerSink>;

/** Who listens to which requests, over all clients of a server (R-API-11, R-API-12). */
export class ListenerDirectory {
  private readonly types = new Map<string, { readonly sinks: Sinks; readonly subscription: Subscription }>();

  constructor(private readonly net: Net) {}

  /** @throws ClientError `AddrInUse` when somebody listens to just that, or another program has the type in the kernel */
  add(interest: Interest, sink: ListenerSink): Subscription {
    const { from } = interest;
    const key = `${interest.network}/${interest.type}`;
    const sinks = this.types.get(key)?.sinks ?? this.listenTo(interest, key);
    if (sinks.has(from)) throw new ClientError('AddrInUse');
    sinks.set(from, sink);
    return {
      unsubscribe: () => {
        if (sinks.get(from) !== sink) return;
        sinks.delete(from);
        if (sinks.size === 0) this.leave(key);
      },
    };
  }

  private listenTo({ network, type }: Interest, key: string): Sinks {
    const sinks: Sinks = new Map();
    const refused = (error: MctpError): void => {
      for (const sink of [...sinks.values()]) sink.refused(error);
    };
    const hear = (incoming: Incoming): boolean => offer(sinks, incoming);
    try {
      const subscription = this.net.listen(type, hear, Priority.client, { network, refused });
      this.types.set(key, { sinks, subscription });
      return sinks;
    } catch (error) {
      throw clientErrorOf(error);
    }
  }

  private leave(key: string): void {
    this.types.get(key)?.subscription.unsubscribe();
    this.types.delete(key);
  }
}

/** The listener for the one source wins over the one for all. */
function offer(sinks: Sinks, incoming: Incoming): boolean {
  const { type, source, destination } = incoming;
  if (destination === EID_BROADCAST && type !== MessageType.control) return false;
  const sink = sinks.get(source) ?? sinks.get(undefined);
  sink?.deliver(incoming);
  return sink !== undefined;
}
