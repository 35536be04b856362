import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import { nullMetrics, type Metrics } from '../base/metrics';
import type { Destination, Net } from '../core/net';
import { Allocation } from './allocation';
import { Assigner, type AssignParts } from './assign';
import { AutoDiscovery } from './seeking/auto-discovery';
import { Awaited } from './seeking/awaited';
import { Bridges } from './bridge';
import { checkBridge, checkEid, type BridgeRequest } from './checks';
import { Exchanges, type Requester } from './exchanges';
import { Host } from './host';
import { Learn } from './learn';
import { LearnByEid } from './learn-by-eid';
import { LinkEvents } from './link/link-events';
import { LinkMove } from './link/link-move';
import { LocalEndpoints } from './link/local-endpoints';
import { Membership } from './member/membership';
import type { Memory } from './memory/memory';
import { MeasuredOperations } from './measured-operations';
import { Notified } from './seeking/notified';
import type { Assigned, AssignedBridge, EndpointStatus, Operations } from './operations';
import { Paths } from './paths';
import { eidKey, peerAddressKey, type Peer } from './peer';
import { PeerTable } from './peer-table';
import { Polling } from './seeking/polling';
import { Publication } from './publication';
import { Recovery } from './recovery';
import { RecoveryProbe } from './recovery-probe';
import type { Registry, Role } from './registry';
import { Relearn } from './seeking/relearn';
import { Remembrance } from './memory/remembrance';
import { Removal } from './removal';
import { Requery } from './requery';
import { Reservations } from './memory/reservations';
import { Restorer } from './memory/restorer';
import { replaceMtu } from './route-mtu';
import { Setup } from './setup';
import type { EngineSettings } from './settings';
import { noEndpoint, Turns } from './turns';

export interface EngineOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly log: Log;
  readonly requester: Requester;
  readonly registry: Registry;
  readonly settings: EngineSettings;
  readonly memory: Memory;
  readonly metrics?: Metrics;
}

/**
 * Finds out who is there, gives EIDs where we own the bus, takes one where we do not, and keeps the published picture
 * right. Asynchronous: exchanges with different devices run side by side, operations on one physical address or EID one
 * after the other (R-DISC-6).
 */
export class Engine implements Operations {
  /** For the responder: what it tells about us and our endpoints. */
  readonly host: Host;
  /** Ourselves, for everybody whose calls count in the metrics. */
  readonly operations: Operations;
  private readonly table = new PeerTable();
  private readonly turns: Turns;
  private readonly parts: AssignParts;
  private readonly setup: Setup;
  private readonly learn: Learn;
  private readonly byEid: LearnByEid;
  private readonly recovery: Recovery;
  private readonly polling: Polling;
  private readonly links: LinkEvents;
  private readonly auto: AutoDiscovery;
  private readonly notified: Notified;
  private readonly remembrance: Remembrance;
  private readonly awaited: Awaited;
  private readonly relearn: Relearn;
  private readonly member: Membership;
  private subscription: Subscription | undefined;

  constructor(private readonly options: EngineOptions) {
    const { net, clock, log, memory, registry, settings } = options;
    const { table } = this;
    const turns = new Turns({ net, registry, table, log });
    this.turns = turns;
    const exchanges = new Exchanges(options.requester, clock);
    const publication = new Publication(registry, log);
    const requery = new Requery({ exchanges, publication, registry, clock, log });
    const paths = new Paths(net, registry, log);
    const reservations = new Reservations(registry, clock);
    const supplyOf = (link: number) => this.member.supplyOf(link);
    const allocation = new Allocation({ net, table, reservations, clock }, supplyOf);
    const removal = new Removal({ table, allocation, exchanges, paths, publication, requery });
    const bridges = new Bridges({ table, exchanges, paths, publication, memory, log });
    const given = { registry, memory, reservations, log };
    this.parts = { table, allocation, bridges, paths, exchanges, publication, requery, removal, ...given };
    const assigner = new Assigner(this.parts);
    const restorer = new Restorer(this.parts, assigner);
    this.setup = new Setup(this.parts, assigner, restorer, settings.maxPoolSize);
    this.learn = new Learn(this.parts, assigner, restorer);
    this.byEid = new LearnByEid(this.parts, assigner, net);
    const recoveryProbe = new RecoveryProbe({ ...this.parts, assigner, byEid: this.byEid });
    const inTurn = (peer: Peer, task: () => Promise<void>) => turns.onItself(peer, 'Recover', task);
    this.recovery = new Recovery({ probe: recoveryProbe, ...this.parts, clock, inTurn });
    this.polling = new Polling({
      ...{ intervalMs: settings.endpointPollMs, table, registry, exchanges, byEid: this.byEid, clock, log },
      inTurn: (network, eid, task) =>
        turns.run([eidKey(network, eid)], { network, eid, operation: 'Poll' }, task),
    });
    const local = new LocalEndpoints({ table, registry, publication, removal, log }, settings.ownUuid);
    this.remembrance = new Remembrance(this.parts);
    const { remembrance } = this;
    const move = new LinkMove(this.parts);
    this.links = new LinkEvents({ table, registry, local, removal, move, remembrance, log }, settings.role);
    const operations = new MeasuredOperations(this, options.metrics ?? nullMetrics, clock);
    this.operations = operations;
    this.notified = new Notified({ registry, operations, clock, log });
    this.member = new Membership({
      ...{ ...this.parts, assigner, net, registry, settings, turns, clock },
      seek: (link) => {
        this.auto.look(link);
        this.awaited.look(link);
      },
    });
    this.host = new Host({ registry, table, notified: this.notified, member: this.member }, settings.ownUuid);
    const seeking = { operations, registry, clock, log };
    const isPresent = (link: number, address: Uint8Array) => table.at(link, address)?.published === true;
    this.auto = new AutoDiscovery({ ...seeking, isPresent }, settings.discover);
    this.awaited = new Awaited({ ...seeking, reservations }, settings.discover);
    this.relearn = new Relearn({ ...seeking, reservations, net }, settings.discover);
  }

  /** Publishes networks, links and our own endpoints, and follows their changes (R-DBUS-3). No traffic. */
  start(): void {
    this.remembrance.start();
    this.polling.start();
    this.subscription = this.options.net.on((event) => {
      this.links.handle(event);
      this.member.handle(event);
    });
    for (const link of this.options.net.links()) this.links.added(link);
    this.member.start();
  }

  /**
   * Begins automatic discovery and asks for devices that are remembered, or that the kernel still routes: called once the
   * bus name is owned, so that clients see what it finds (R-CONS-9).
   */
  startDiscovery(): void {
    if (this.turns.stopped) return;
    this.awaited.start();
    this.auto.start();
    this.relearn.start();
    this.member.startAnnouncing();
  }

  /** Cancels every timer. Operations under way end as their exchanges do, later ones are refused. Idempotent. */
  stop(): void {
    this.turns.stop();
    this.subscription?.unsubscribe();
    this.remembrance.stop();
    this.awaited.stop();
    this.relearn.stop();
    this.auto.stop();
    this.member.stop();
    this.notified.stop();
    this.polling.stop();
    this.parts.requery.stop(this.table.all());
    this.recovery.stop(this.table.all());
  }

  setupEndpoint(link: number, address: Uint8Array): Promise<Assigned> {
    return this.turns.onTarget({ link, address, operation: 'SetupEndpoint' }, (target) =>
      this.setup.setup(target),
    );
  }

  assignEndpoint(link: number, address: Uint8Array): Promise<Assigned> {
    return this.turns.onTarget({ link, address, operation: 'AssignEndpoint' }, (target) =>
      this.setup.assign(target),
    );
  }

  async assignEndpointStatic(link: number, address: Uint8Array, eid: number): Promise<Assigned> {
    const operation = 'AssignEndpointStatic';
    if (eid !== 0) checkEid(eid, operation);
    return this.turns.onTarget({ link, address, operation, eid }, (target) =>
      this.setup.assignStatic(target, eid),
    );
  }

  async assignBridgeStatic(
    link: number,
    address: Uint8Array,
    bridge: BridgeRequest,
  ): Promise<AssignedBridge> {
    const operation = 'AssignBridgeStatic';
    checkBridge(bridge, operation);
    const { eid } = bridge;
    return this.turns.onTarget({ link, address, operation, eid }, (target) =>
      this.setup.assignBridge(target, bridge),
    );
  }

  learnEndpoint(link: number, address: Uint8Array): Promise<Assigned | undefined> {
    return this.turns.onTarget({ link, address, operation: 'LearnEndpoint' }, (target) =>
      this.learn.learn(target),
    );
  }

  async learnByEid(network: number, eid: number): Promise<Assigned> {
    checkEid(eid, 'LearnEndpoint');
    if (!this.options.registry.networks().includes(network)) {
      throw new MctpError('unknown-endpoint', `LearnEndpoint: there is no network ${network}`, {
        network,
        eid,
      });
    }
    const call = { network, eid, operation: 'LearnEndpoint' };
    return this.turns.onRouted(call, () => this.byEid.learn(network, eid));
  }

  async remove(network: number, eid: number): Promise<void> {
    await this.turns.onPeer({ network, eid, operation: 'Remove', local: 'cannot-remove-local' }, (peer) =>
      this.parts.removal.remove(peer, { operation: 'Remove' }),
    );
  }

  async setMtu(network: number, eid: number, mtu: number): Promise<void> {
    await this.turns.onPeer({ network, eid, operation: 'SetMTU', local: 'cannot-set-local-mtu' }, (peer) =>
      replaceMtu(this.options.net, peer, mtu),
    );
  }

  /** Waits for no turn: it returns at once, whatever is under way with the endpoint (R-DISC-90, R-CONS-17). */
  recover(network: number, eid: number): Promise<void> {
    const operation = 'Recover';
    return this.turns.run([], this.turns.whereIs({ network, eid, operation }), () => {
      const peer = this.turns.remote({ network, eid, operation, local: 'cannot-recover-local' });
      // A mere reservation has no object whose signals would tell the end.
      if (!peer.published) throw noEndpoint({ network, eid, operation });
      this.recovery.begin(peer);
      return Promise.resolve();
    });
  }

  /** R-DBUS-13. @throws MctpError `unknown-link`, `bad-role`, `role-already-set` */
  setRole(link: number, role: Role): void {
    this.member.setRole(link, role);
  }

  rescan(): void {
    this.auto.rescan();
  }

  status(network: number, eid: number): EndpointStatus {
    const peer = this.table.get(network, eid);
    const byAddress: Destination[] =
      peer?.link === undefined || peerAddressKey(peer) === undefined
        ? []
        : [{ kind: 'physical', link: peer.link, address: peer.address }];
    return this.parts.exchanges.status({ kind: 'eid', network, eid }, ...byAddress);
  }
}
