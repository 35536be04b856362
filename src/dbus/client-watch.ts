import type { Clock } from '../base/clock';
import { describeError } from '../base/errors';
import type { Log } from '../base/log';
import type { BusConnection } from '../bus/connection';

const BUS = 'org.freedesktop.DBus';

/** Tells when clients that left something with us leave the bus (R-DBUS-12). */
export class ClientWatch {
  private readonly watched = new Map<string, Promise<void>>();

  constructor(
    private readonly connection: BusConnection,
    private readonly tools: { readonly log: Log; readonly clock: Clock },
    private readonly vanished: (name: string) => void,
  ) {}

  /** Resolves when the departure of the unique name `name` can no longer be missed; one that has left is told. */
  watch(name: string): Promise<void> {
    const watching = this.watched.get(name) ?? this.begin(name);
    this.watched.set(name, watching);
    return watching;
  }

  private async begin(name: string): Promise<void> {
    const match = { sender: BUS, iface: BUS, member: 'NameOwnerChanged', arg0: name };
    const subscription = await this.connection.onSignal(match, (signal) => {
      if (signal.body[2] !== '') return;
      subscription.unsubscribe();
      this.left(name);
    });
    // It may have left before the bus had the match.
    const call = { destination: BUS, path: '/org/freedesktop/DBus', iface: BUS, member: 'NameHasOwner' };
    const [present] = await this.connection.call({
      ...call,
      signature: 's',
      body: [name],
      clock: this.tools.clock,
    });
    if (present === true) return;
    subscription.unsubscribe();
    this.left(name);
  }

  private left(name: string): void {
    if (!this.watched.delete(name)) return;
    try {
      this.vanished(name);
    } catch (error) {
      this.tools.log.error('a departed client was not cleared away', {
        client: name,
        cause: describeError(error),
      });
    }
  }
}
