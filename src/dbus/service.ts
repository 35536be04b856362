import { ROOT_PATH } from '../base/bus-names';
import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import type { BusConnection } from '../bus/connection';
import type { Endpoint } from '../discovery/endpoint';
import { ClientWatch } from './client-watch';
import { checkRows, loadDescriptions } from './introspection';
import { associationRows } from './interfaces/association';
import { bridgeRows } from './interfaces/bridge';
import { busOwnerRows } from './interfaces/bus-owner';
import { endpointRows } from './interfaces/endpoint';
import { interfaceRows } from './interfaces/interface';
import { networkRows } from './interfaces/network';
import { openbmcEndpointRows } from './interfaces/openbmc-endpoint';
import { ownEndpointRows } from './interfaces/own-endpoint';
import { ownLinkRows } from './interfaces/own-link';
import { ownManagerRows } from './interfaces/own-manager';
import { ownNetworkRows } from './interfaces/own-network';
import { rootRows } from './interfaces/root';
import { uuidRows } from './interfaces/uuid';
import type { NetworkIdType } from './managed-objects';
import { ObjectServer } from './object-server';
import { PublishedObjects } from './published-objects';
import { Publisher } from './publisher';
import type { RootInfo } from './root-info';
import { attach } from './rows';
import type { Rows } from './rows';
import { introspectableRows, peerRows, propertiesRows } from './standard-rows';
import type { Services } from './subjects';

export interface DbusServiceOptions extends Services {
  readonly connection: BusConnection;
  readonly rootInfo: RootInfo;
  readonly log: Log;
  readonly clock: Clock;
  readonly settings: {
    readonly managedObjectsNetworkId: NetworkIdType;
    readonly alwaysPublishUuid: boolean;
    /** Object path of the inventory item that an endpoint belongs to by configuration (R-CONS-29). */
    readonly inventory: (endpoint: Endpoint) => string | undefined;
  };
}

/** Every handler table there is. */
export const ALL_ROWS: readonly Rows<never>[] = [
  ...[peerRows, introspectableRows, propertiesRows, rootRows, ownManagerRows],
  ...[interfaceRows, busOwnerRows, ownLinkRows, networkRows, ownNetworkRows],
  ...[endpointRows, openbmcEndpointRows, uuidRows, bridgeRows, associationRows, ownEndpointRows],
];

/** Our side of the bus: object server, publisher, and what ties them to the engine. */
export class DbusService {
  private readonly server: ObjectServer;
  private readonly publisher: Publisher;

  /** @throws MctpError `internal` when the handlers and `dbus-interfaces/` disagree */
  constructor(private readonly options: DbusServiceOptions) {
    const { connection, log, settings, registry, operations, net } = options;
    const descriptions = loadDescriptions();
    for (const rows of ALL_ROWS) checkRows(descriptions, rows);
    const services = { registry, operations, net };
    const { managedObjectsNetworkId: networkId, alwaysPublishUuid, inventory } = settings;
    const tree = { rootPath: ROOT_PATH, placeholder: `${ROOT_PATH}/networks` };
    const server = new ObjectServer({ connection, descriptions, log, networkId, ...tree });
    const objects = new PublishedObjects({ connection, server, descriptions, log, rootPath: ROOT_PATH });
    this.publisher = new Publisher({ server, objects, services, log, alwaysPublishUuid, inventory });
    this.server = server;
  }

  /** Exports the root, answers calls, and follows the registry. The name is requested by the caller, last (R-DBUS-3). */
  start(): void {
    const { connection, rootInfo: info, log, clock } = this.options;
    const clients = new ClientWatch(connection, { log, clock }, (name) => info.ownerVanished(name));
    const subject = { info, clients };
    this.server.add(ROOT_PATH, [attach(rootRows, subject), attach(ownManagerRows, subject)]);
    this.server.start();
    this.publisher.start();
  }

  /** R-DBUS-4; the caller flushes and gives up the name. Registry events have no effect afterwards. */
  removeEndpointsOfUserLinks(): void {
    this.publisher.removeEndpointsOfUserLinks();
  }

  stop(): void {
    this.publisher.stop();
    this.server.stop();
  }
}
