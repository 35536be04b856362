import { connectBus } from '../bus/connection';
import type { Timer } from '../base/clock';
import { SERVICE_NAME } from '../base/bus-names';
import { nullMetrics } from '../base/metrics';
import { MctpError } from '../base/errors';
import { Emitter } from '../base/events';
import type { DaemonConfig } from '../config/schema';
import { ControlRequester } from '../control/requester';
import { Responder } from '../control/responder';
import { TypeTable } from '../control/type-table';
import { linkOf } from '../core/net';
import { CaptureServer } from '../demux/capture-server';
import { DbusService } from '../dbus/service';
import type { Endpoint } from '../discovery/endpoint';
import { Engine } from '../discovery/engine';
import { noMemory } from '../discovery/memory/memory';
import { Registry } from '../discovery/registry';
import { Backends } from './backends';
import { BusPresence } from './bus-presence';
import { openCapture } from './capture-socket';
import { offerLegacyNames } from './legacy-names';
import { ClientSocket } from './client-socket';
import { DemuxSockets } from './demux-sockets';
import { ConfiguredLinks } from './links';
import { MetricsPage } from './metrics-page';
import { ownUuid } from './own-uuid';
import type { Platform } from './platform';
import { DaemonInfo } from './root-info';
import { StateFile } from './state-file';

/** How long a bus or a disk that does not answer may hold up the end of the process. */
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
  const page = MetricsPage.load(config.metrics, platform);
  const running = new RunningDaemon(config, platform, page);
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
  private readonly backends: Backends;
  private readonly links: ConfiguredLinks;
  private readonly registry = new Registry();
  private readonly types = new TypeTable();
  private readonly state: StateFile | undefined;
  private readonly engine: Engine;
  private readonly requester: ControlRequester;
  private readonly responder: Responder;
  private readonly clients: ClientSocket;
  private readonly demux: DemuxSockets;
  private readonly capture: CaptureServer;
  private presence: BusPresence | undefined;
  private legacy: BusPresence | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly config: DaemonConfig,
    private readonly platform: Platform,
    private readonly page: MetricsPage | undefined,
  ) {
    const { clock, log } = platform;
    const { registry, types } = this;
    this.backends = new Backends(config, platform);
    const { net } = this.backends;
    this.capture = new CaptureServer(platform);
    this.links = new ConfiguredLinks(config, platform, this.capture);
    const timing = (index: number | undefined) => this.links.timing(linkOf(net, index));
    const metrics = page?.metrics ?? nullMetrics;
    const requester = new ControlRequester({ net, clock, log, metrics, timing });
    this.requester = requester;
    const uuid = config.mctp.uuid ?? ownUuid(platform.readText);
    this.state = stateFile(config, platform);
    this.engine = new Engine({
      ...{ net, clock, log, metrics, requester, registry },
      memory: this.state ?? noMemory,
      settings: {
        dynamicEids: config.busOwner.dynamicEids,
        maxPoolSize: config.busOwner.maxPoolSize,
        endpointPollMs: config.busOwner.endpointPollMs,
        ownUuid: uuid,
        role: (link) => this.links.role(link),
        discover: (link) => this.links.discover(link),
        bridging: (link) => this.links.bridging(link),
      },
    });
    const { host } = this.engine;
    this.responder = new Responder({ net, host, types, log });
    this.clients = new ClientSocket({ config, platform, net, role: (link) => this.links.role(link) });
    this.demux = new DemuxSockets({ config, platform, net });
  }

  async start(): Promise<void> {
    const { clock, log } = this.platform;
    const connection = await connectBus(this.platform.busAddress);
    const presence = new BusPresence(connection, SERVICE_NAME, log);
    this.presence = presence;
    connection.onClose((reason) => this.connectionLost(reason));
    // Asked before anything is opened: a second daemon must not read what devices send to the first.
    await presence.checkNameIsFree();
    await this.state?.load();
    const services = { registry: this.registry, operations: this.engine.operations, net: this.backends.net };
    const { legacyNames, ...settings } = this.config.dbus;
    const inventory = (endpoint: Endpoint) =>
      this.links.inventory(endpoint, linkOf(this.backends.net, endpoint.link));
    const { clients, demux } = this;
    const rootInfo = new DaemonInfo(this.types, this.engine.operations, clock, { clients, demux });
    presence.serve(
      new DbusService({
        ...{ ...services, connection, log, clock, rootInfo },
        settings: { ...settings, inventory },
      }),
    );
    this.engine.start();
    // After the engine, which still asks about a link that goes.
    this.backends.net.on(({ kind, link }) => {
      if (kind === 'link-removed') this.links.forget(link.index);
    });
    await this.backends.open(this.links);
    this.clients.open();
    // Whoever waits for the bus name can connect (R-CONS-41).
    this.demux.open();
    openCapture(this.capture, this.platform);
    if (legacyNames)
      this.legacy = await offerLegacyNames(this.platform.busAddress, { services, log, ...settings });
    await presence.ownName();
    await this.state?.own();
    this.page?.open({ net: this.backends.net, registry: this.registry });
    this.engine.startDiscovery();
    log.info('ready', { name: SERVICE_NAME, links: this.backends.net.links().length });
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    this.page?.close();
    this.engine.stop();
    this.responder.close();
    // Before the name is given up: whoever has it next reads the file.
    await this.inTime(
      Promise.resolve(this.state?.close()),
      'the disk does not answer; the last changes are not remembered',
    );
    const presences = [this.legacy, this.presence].filter((each) => each !== undefined);
    await this.inTime(
      Promise.all(presences.map((each) => each.sayGoodbye())),
      'the bus does not answer; ending without a good-bye',
    );
    for (const each of presences) each.stopServing();
    this.capture.close();
    this.demux.close();
    this.clients.close();
    await this.backends.close();
    this.requester.close();
    for (const each of presences) each.close();
  }

  /** A stopping daemon waits for nobody (D-11): its name goes with its connection, good-bye or not. */
  private async inTime(last: Promise<unknown>, otherwise: string): Promise<void> {
    const { clock, log } = this.platform;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimer(GOODBYE_MS, () => {
        log.warn(otherwise);
        resolve();
      });
    });
    await Promise.race([last, late]);
    timer?.cancel();
  }

  private connectionLost(reason: string): void {
    if (this.stopping !== undefined) return;
    this.lost.emit(new MctpError('bus-failed', `the D-Bus connection was lost: ${reason}`));
  }
}

/** `undefined`: nothing is remembered. */
function stateFile(config: DaemonConfig, platform: Platform): StateFile | undefined {
  const { clock, log, stateDirectory, stateStorage: storage } = platform;
  if (!config.state) return undefined;
  if (stateDirectory !== undefined) return new StateFile(stateDirectory, { storage, clock, log });
  log.info('nothing is remembered over a restart: this is not the system bus, and no --state-dir is given');
  return undefined;
}
