import { MctpError, describeError } from '../base/errors';
import type { Log } from '../base/log';
import type { BusConnection } from '../bus/connection';

/** What answers and signals on a connection: `DbusService`, `LegacyService`. */
export interface Served {
  start(): void;
  removeEndpointsOfUserLinks(): void;
  stop(): void;
}

/** One bus connection and the one name it owns (R-CONS-32), from its start to its good-bye. */
export class BusPresence {
  private service: Served | undefined;

  constructor(
    readonly connection: BusConnection,
    private readonly name: string,
    private readonly log: Log,
  ) {
    const defect = (error: unknown): void =>
      log.error('a D-Bus listener failed', { cause: describeError(error) });
    connection.onFailure(defect);
  }

  /** @throws MctpError `name-taken` */
  async checkNameIsFree(): Promise<void> {
    const [owned] = await this.connection.call({
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      iface: 'org.freedesktop.DBus',
      member: 'NameHasOwner',
      signature: 's',
      body: [this.name],
    });
    if (owned === true) throw nameTaken(this.name);
  }

  serve(service: Served): void {
    this.service = service;
    service.start();
  }

  /** Last of all, so that whoever sees the name can call at once (R-DBUS-1, R-DBUS-3). @throws MctpError `name-taken` */
  async ownName(): Promise<void> {
    if (!(await this.connection.requestName(this.name))) throw nameTaken(this.name);
  }

  /** The data path of user-space links ends with us, so their endpoints go before the name (R-DBUS-4, R-CONS-23). */
  async sayGoodbye(): Promise<void> {
    try {
      this.service?.removeEndpointsOfUserLinks();
      await this.connection.flush();
      await this.connection.releaseName(this.name);
    } catch (error) {
      // The bus may be the reason why we stop.
      this.log.debug('no good-bye on the bus', { name: this.name, cause: describeError(error) });
    }
  }

  /** Answers and signals nothing more; what is under way still gets its answer. */
  stopServing(): void {
    this.service?.stop();
  }

  close(): void {
    this.stopServing();
    this.connection.close();
  }
}

function nameTaken(name: string): MctpError {
  return new MctpError(
    'name-taken',
    `${name} is owned already: another mctp-endpointd or mctpd is running on this bus; stop it first`,
  );
}
