import { legacyEndpointPath, LEGACY_ROOT_PATH } from '../base/bus-names';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import type { BusConnection } from '../bus/connection';
import type { Endpoint } from '../discovery/endpoint';
import type { RegistryEvent } from '../discovery/registry';
import { endpointsOfUserLinks, followRegistry } from './follow-registry';
import { legacyEndpointRows } from './interfaces/legacy-endpoint';
import { legacyRootRows } from './interfaces/legacy-root';
import { openbmcEndpointRows } from './interfaces/openbmc-endpoint';
import { shownUuid, uuidRows } from './interfaces/uuid';
import { checkRows, loadLegacyDescriptions } from './introspection';
import { ObjectServer } from './object-server';
import { PublishedObjects } from './published-objects';
import { attach } from './rows';
import type { Rows } from './rows';
import { introspectableRows, peerRows, propertiesRows } from './standard-rows';
import type { Services } from './subjects';

export interface LegacyServiceOptions {
  readonly services: Services;
  /** Its own: a connection that owns two names confuses the object mapper (R-CONS-32). */
  readonly connection: BusConnection;
  readonly log: Log;
  /** R-CONS-30 */
  readonly alwaysPublishUuid: boolean;
}

/** Every handler table of the old tree. */
export const LEGACY_ROWS: readonly Rows<never>[] = [
  ...[peerRows, introspectableRows, propertiesRows],
  ...[legacyRootRows, legacyEndpointRows, openbmcEndpointRows, uuidRows],
];

/**
 * The endpoints under the names and types of mctpd 1.x (R-CONS-46): no links, no networks, and nothing that changes while
 * an object lives, so it follows their coming and going alone.
 */
export class LegacyService {
  private readonly server: ObjectServer;
  private readonly objects: PublishedObjects;
  private subscription: Subscription | undefined;

  /** @throws MctpError `internal` when the handlers and `dbus-interfaces/legacy/` disagree */
  constructor(private readonly options: LegacyServiceOptions) {
    const { connection, log } = options;
    const descriptions = loadLegacyDescriptions();
    for (const rows of LEGACY_ROWS) checkRows(descriptions, rows);
    // With an endpoint in the usual network this is the container above it.
    const tree = { rootPath: LEGACY_ROOT_PATH, placeholder: `${LEGACY_ROOT_PATH}/1` };
    // NetworkId is an INT32 everywhere here, by its XML.
    this.server = new ObjectServer({ connection, descriptions, log, networkId: 'int32', ...tree });
    this.objects = new PublishedObjects({
      ...{ connection, descriptions, log, server: this.server },
      rootPath: LEGACY_ROOT_PATH,
    });
  }

  /** Exports what there is, answers calls, and follows the registry. The name is requested by the caller. */
  start(): void {
    const { services, log } = this.options;
    this.server.add(LEGACY_ROOT_PATH, [attach(legacyRootRows, services)]);
    this.server.start();
    for (const endpoint of services.registry.endpoints()) this.added(endpoint);
    this.subscription = followRegistry(services.registry, log, (event) => this.handle(event));
  }

  /** R-CONS-23, as on the main connection. */
  removeEndpointsOfUserLinks(): void {
    this.unfollow();
    for (const endpoint of endpointsOfUserLinks(this.options.services.registry)) this.removed(endpoint);
  }

  stop(): void {
    this.unfollow();
    this.server.stop();
  }

  private unfollow(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  private handle(event: RegistryEvent): void {
    if (event.kind === 'endpoint-added') this.added(event.endpoint);
    else if (event.kind === 'endpoint-removed') this.removed(event.endpoint);
  }

  private added(current: Endpoint): void {
    const { services, alwaysPublishUuid } = this.options;
    const uuid = shownUuid(current, alwaysPublishUuid);
    const subject = { services, current, uuid };
    this.objects.publish(legacyEndpointPath(current.network, current.eid), [
      ...(uuid === undefined ? [] : [attach(uuidRows, subject)]),
      attach(legacyEndpointRows, subject),
      attach(openbmcEndpointRows, subject),
    ]);
  }

  private removed({ network, eid }: Endpoint): void {
    this.objects.unpublish(legacyEndpointPath(network, eid));
  }
}
