import { connectBus, type BusConnection } from '../bus/connection';
import { Alarm, type Timer } from '../base/clock';
import { SERVICE_NAME } from '../base/bus-names';
import { MctpError, describeError } from '../base/errors';
import { Emitter } from '../base/events';
import type { DaemonConfig } from '../config/schema';
import { ControlRequester } from '../control/requester';
import { Responder } from '../control/responder';
import { TypeTable } from '../control/type-table';
import { Router } from '../core/router';
import { DbusService } from '../dbus/service';
import { Engine } from '../discovery/engine';
import { Registry } from '../discovery/registry';
import { ConfiguredLinks } from './links';
import { ownUuid } from './own-uuid';
import type { Platform } from './platform';
import { DaemonInfo } from './root-info';
import { unsupportedSettings } from './unsupported';

/** How long a bus that does not answer may hold up the end of the process. */
const GOODBYE_MS = 1000;

/** A running manager. */
export interface Daemon {
  /** Tells when the bus connection was lost: nobody can see us any more, so the process should end and start anew. */
  readonly lost: Emitter<MctpError>;
  /** R-DBUS-4: says good-bye on the bus, closes every link. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Puts the daemon together and starts it; resolves when the bus name is owned (R-DBUS-3). This is the only place that
 * makes long-lived objects. They start in the order of this page and stop in reverse.
 * @throws MctpError `bus-failed`, `name-taken`; nothing is left running then
 */
export async function createDaemon(config: DaemonConfig, platform: Platform): Promise<Daemon> {
  const running = new RunningDaemon(config, platform);
  try {
    await running.start();
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

class RunningDaemon implements Daemon {
  readonly lost = new Emitter<MctpError>();
  private readonly router: Router;
  private readonly alarm: Alarm;
  private readonly links: ConfiguredLinks;
  private readonly registry = new Registry();
  private readonly types = new TypeTable();
  private readonly engine: Engine;
  private readonly responder: Responder;
  private connection: BusConnection | undefined;
  private service: DbusService | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly config: DaemonConfig,
    private readonly platform: Platform,
  ) {
    const { clock, log } = platform;
    const { registry, types } = this;
    this.alarm = new Alarm(clock, (now) => this.router.poll(now));
    const net = new Router(this.alarm, {
      onDefect: (error) => log.error('a handler failed', { cause: describeError(error) }),
    });
    this.router = net;
    this.links = new ConfiguredLinks(config, platform);
    const linkOf = (index: number | undefined) => net.links().find((link) => link.index === index);
    const timing = (index: number | undefined) => this.links.timing(linkOf(index));
    const requester = new ControlRequester({ net, clock, log, timing });
    const uuid = config.mctp.uuid ?? ownUuid(platform.readText);
    this.engine = new Engine({
      ...{ net, clock, log, requester, registry },
      settings: {
        dynamicEidRange: config.busOwner.dynamicEidRange,
        maxPoolSize: config.busOwner.maxPoolSize,
        ownUuid: uuid,
        role: (link) => this.links.role(link),
        discover: (link) => this.links.discover(link),
      },
    });
    const { host } = this.engine;
    this.responder = new Responder({ net, host, types, log });
  }

  async start(): Promise<void> {
    const { clock, log } = this.platform;
    for (const text of unsupportedSettings(this.config))
      log.warn('not part of this release', { cause: text });
    if (this.config.links.length === 0) {
      log.warn('no [[link]] is configured: there is nothing to manage until one is');
    }
    const connection = await connectBus(this.platform.busAddress);
    this.connection = connection;
    connection.onClose((reason) => this.connectionLost(reason));
    connection.onFailure((error) => log.error('a D-Bus listener failed', { cause: describeError(error) }));
    // Asked before anything is opened: a second daemon must not read what devices send to the first.
    if (await isOwned(connection)) throw nameTaken();
    this.service = new DbusService({
      ...{ connection, registry: this.registry, operations: this.engine, net: this.router, log, clock },
      rootInfo: new DaemonInfo(this.types, this.engine, clock),
      settings: {
        managedObjectsNetworkId: this.config.dbus.managedObjectsNetworkId,
        alwaysPublishUuid: this.config.dbus.alwaysPublishUuid,
      },
    });
    this.service.start();
    this.engine.start();
    await this.links.open(this.router);
    await this.ownName(connection);
    this.engine.startDiscovery();
    log.info('ready', { name: SERVICE_NAME, links: this.router.links().length });
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    this.engine.stop();
    this.responder.close();
    await this.inTime(this.sayGoodbye());
    this.service?.stop();
    await this.router.close();
    this.alarm.cancel();
    this.connection?.close();
  }

  /** The data path of user-space links ends with us, so their endpoints go first (R-DBUS-4, R-CONS-23). */
  private async sayGoodbye(): Promise<void> {
    try {
      this.service?.removeEndpointsOfUserLinks();
      await this.connection?.flush();
      await this.connection?.releaseName(SERVICE_NAME);
    } catch (error) {
      // The bus may be the reason why we stop.
      this.platform.log.debug('no good-bye on the bus', { cause: describeError(error) });
    }
  }

  /** A stopping daemon waits for nobody (D-11): its name goes with its connection, good-bye or not. */
  private async inTime(goodbye: Promise<void>): Promise<void> {
    const { clock, log } = this.platform;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimer(GOODBYE_MS, () => {
        log.warn('the bus does not answer; ending without a good-bye');
        resolve();
      });
    });
    await Promise.race([goodbye, late]);
    timer?.cancel();
  }

  /** Last of all, so that whoever sees the name can call at once (R-DBUS-1, R-DBUS-3). */
  private async ownName(connection: BusConnection): Promise<void> {
    if (!(await connection.requestName(SERVICE_NAME))) throw nameTaken();
  }

  private connectionLost(reason: string): void {
    if (this.stopping !== undefined) return;
    this.lost.emit(new MctpError('bus-failed', `the D-Bus connection was lost: ${reason}`));
  }
}

async function isOwned(connection: BusConnection): Promise<boolean> {
  const [owned] = await connection.call({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    iface: 'org.freedesktop.DBus',
    member: 'NameHasOwner',
    signature: 's',
    body: [SERVICE_NAME],
  });
  return owned === true;
}

function nameTaken(): MctpError {
  return new MctpError(
    'name-taken',
    `${SERVICE_NAME} is owned already: another mctp-endpointd or mctpd is running on this bus; stop it first`,
  );
}
