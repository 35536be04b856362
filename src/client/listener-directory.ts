import type { Subscription } from '../base/events';
import { EID_BROADCAST, MessageType } from '../base/ids';
import { Priority, type Incoming, type Net } from '../core/net';
import { ClientError } from './client-error';

/** What a listener listens to. */
export interface Interest {
  readonly network: number;
  readonly type: number;
  /** `undefined`: requests of everybody. */
  readonly from: number | undefined;
}

type Deliver = (incoming: Incoming) => void;

/** Who listens to which requests, over all clients of a server (R-API-11, R-API-12). */
export class ListenerDirectory {
  private readonly listeners = new Map<string, Deliver>();
  private readonly types = new Map<number, { count: number; readonly subscription: Subscription }>();

  constructor(private readonly net: Net) {}

  /** @throws ClientError `AddrInUse` when somebody listens to just that */
  add(interest: Interest, deliver: Deliver): Subscription {
    const key = keyOf(interest);
    this.checkFree(interest);
    this.listeners.set(key, deliver);
    this.listenTo(interest.type);
    let active = true;
    return {
      unsubscribe: () => {
        if (!active) return;
        active = false;
        this.listeners.delete(key);
        this.leave(interest.type);
      },
    };
  }

  private checkFree(interest: Interest): void {
    if (this.listeners.has(keyOf(interest))) throw new ClientError('AddrInUse');
  }

  private listenTo(type: number): void {
    const known = this.types.get(type);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const subscription = this.net.listen(type, (incoming) => this.offer(incoming), Priority.client);
    this.types.set(type, { count: 1, subscription });
  }

  private leave(type: number): void {
    const known = this.types.get(type);
    if (known === undefined || --known.count > 0) return;
    known.subscription.unsubscribe();
    this.types.delete(type);
  }

  /** The listener for the one source wins over the one for all. */
  private offer(incoming: Incoming): boolean {
    const { network, type, source, destination } = incoming;
    if (destination === EID_BROADCAST && type !== MessageType.control) return false;
    const deliver =
      this.listeners.get(keyOf({ network, type, from: source })) ??
      this.listeners.get(keyOf({ network, type, from: undefined }));
    deliver?.(incoming);
    return deliver !== undefined;
  }
}

function keyOf({ network, type, from }: Interest): string {
  return `${network}/${type}/${from === undefined ? 'all' : from}`;
}
