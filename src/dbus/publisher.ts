import { endpointPath, Iface, linkPath, networkPath, ROOT_PATH } from '../base/bus-names';
import { bytesEqual } from '../base/bytes';
import { describeError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import type { BusConnection } from '../bus/connection';
import { Variant } from '../bus/variant';
import type { Endpoint } from '../discovery/endpoint';
import type { RegistryEvent, RegistryLink } from '../discovery/registry';
import { bridgeRows } from './interfaces/bridge';
import { busOwnerRows } from './interfaces/bus-owner';
import { endpointRows } from './interfaces/endpoint';
import { interfaceRows } from './interfaces/interface';
import { networkRows } from './interfaces/network';
import { openbmcEndpointRows } from './interfaces/openbmc-endpoint';
import { ownEndpointRows } from './interfaces/own-endpoint';
import { ownLinkRows } from './interfaces/own-link';
import { ownNetworkRows } from './interfaces/own-network';
import { NIL_UUID, uuidRows } from './interfaces/uuid';
import type { Descriptions } from './introspection';
import { interfaceMap, STANDARD } from './managed-objects';
import type { ObjectServer } from './object-server';
import { attach } from './rows';
import type { Attached } from './rows';
import type { EndpointSubject, LinkSubject, Services } from './subjects';

export interface PublisherOptions {
  readonly connection: BusConnection;
  readonly server: ObjectServer;
  readonly descriptions: Descriptions;
  readonly services: Services;
  readonly log: Log;
  /** R-CONS-30 */
  readonly alwaysPublishUuid: boolean;
}

/**
 * Turns registry events into objects and signals (R-DBUS §5). The state is always there before its signal leaves, and
 * gone before its removal is told (R-CONS-7): clients call back inside their signal handlers.
 */
export class Publisher {
  private subscription: Subscription | undefined;
  private readonly links = new Map<number, { readonly path: string; readonly subject: LinkSubject }>();
  private readonly endpoints = new Map<string, EndpointSubject>();

  constructor(private readonly options: PublisherOptions) {}

  /** Publishes what there is, then everything that happens. */
  start(): void {
    const { registry } = this.options.services;
    for (const network of registry.networks()) this.networkAdded(network);
    for (const endpoint of registry.endpoints()) this.endpointAdded(endpoint);
    for (const link of registry.links()) this.linkAdded(link);
    this.subscription = registry.events.on((event) => this.follow(event));
  }

  stop(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  /**
   * Orderly shutdown: the data path of user-space links ends with us, so their endpoints, ours included, are taken back
   * (R-DBUS-4, R-CONS-23). A network is served by one backend only, which decides for what is behind bridges.
   */
  removeEndpointsOfUserLinks(): void {
    this.stop();
    const networks = new Set(
      [...this.links.values()]
        .filter(({ subject }) => subject.current.link.backend === 'user')
        .map(({ subject }) => subject.current.link.network),
    );
    for (const { current } of [...this.endpoints.values()]) {
      if (networks.has(current.network)) this.endpointRemoved(current);
    }
  }

  /** A defect here must not reach the engine, which is in the middle of something. */
  private follow(event: RegistryEvent): void {
    try {
      this.handle(event);
    } catch (error) {
      this.options.log.error('not published', { operation: event.kind, cause: describeError(error) });
    }
  }

  private handle(event: RegistryEvent): void {
    switch (event.kind) {
      case 'network-added':
        this.networkAdded(event.network);
        break;
      case 'network-removed':
        this.unpublish(networkPath(event.network));
        break;
      case 'link-added':
        this.linkAdded(event.link);
        break;
      case 'link-changed':
        this.linkChanged(event.link, event.before);
        break;
      case 'link-removed':
        this.linkRemoved(event.link);
        break;
      case 'endpoint-added':
        this.endpointAdded(event.endpoint);
        break;
      case 'endpoint-removed':
        this.endpointRemoved(event.endpoint);
        break;
      case 'endpoint-changed':
        this.connectivityChanged(event.endpoint);
        break;
      case 'pool-allocated':
        this.poolAllocated(event.endpoint);
        break;
    }
  }

  private networkAdded(network: number): void {
    const subject = { services: this.options.services, network };
    this.publish(networkPath(network), [attach(networkRows, subject), attach(ownNetworkRows, subject)]);
  }

  private linkAdded(current: RegistryLink): void {
    const subject: LinkSubject = { services: this.options.services, current };
    const path = linkPath(current.link.name);
    const interfaces = [
      ...(current.role === 'BusOwner' ? [attach(busOwnerRows, subject)] : []),
      attach(interfaceRows, subject),
      attach(ownLinkRows, subject),
    ];
    if (!this.publish(path, interfaces)) return;
    this.links.set(current.link.index, { path, subject });
    this.refreshEndpoints(current.link.index);
  }

  private linkRemoved({ link }: RegistryLink): void {
    const known = this.links.get(link.index);
    if (known === undefined) return;
    this.links.delete(link.index);
    this.unpublish(known.path);
  }

  private linkChanged(current: RegistryLink, before: RegistryLink): void {
    const known = this.links.get(current.link.index);
    if (known === undefined || current.link.name !== before.link.name) {
      this.linkRemoved(before);
      this.linkAdded(current);
      return;
    }
    known.subject.current = current;
    this.options.server.changed(known.path);
    const [is, was] = [current.link, before.link];
    const link = { ...(current.role !== before.role && { Role: new Variant('s', current.role) }) };
    const network = { ...(is.network !== was.network && { NetworkId: new Variant('u', is.network) }) };
    this.propertiesChanged(known.path, Iface.link, { ...link, ...network });
    const up = { ...(is.up !== was.up && { Up: new Variant('b', is.up) }) };
    const address = {
      ...(!bytesEqual(is.address, was.address) && {
        PhysicalAddress: new Variant('ay', Buffer.from(is.address)),
      }),
    };
    this.propertiesChanged(known.path, Iface.ownLink, { ...up, ...address });
    // The reply to the Set that did it leaves first (R-DBUS-14).
    if (current.role === 'BusOwner' && before.role !== 'BusOwner') {
      setImmediate(() => this.becomeBusOwner(known));
    }
  }

  private becomeBusOwner(known: { readonly path: string; readonly subject: LinkSubject }): void {
    const { path, subject } = known;
    if (this.links.get(subject.current.link.index)?.subject !== subject) return;
    const interfaces = this.options.server.interfaces(path) ?? [];
    if (interfaces.some((each) => each.name === Iface.busOwner)) return;
    this.attachLater(path, attach(busOwnerRows, subject));
  }

  private endpointAdded(current: Endpoint): void {
    const { services, alwaysPublishUuid } = this.options;
    const path = endpointPath(current.network, current.eid);
    const uuid = current.uuid ?? (alwaysPublishUuid ? NIL_UUID : undefined);
    const subject: EndpointSubject = { services, current, uuid };
    const interfaces = [
      ...(current.pool === undefined ? [] : [attach(bridgeRows, subject)]),
      ...(uuid === undefined ? [] : [attach(uuidRows, subject)]),
      attach(endpointRows, subject),
      attach(openbmcEndpointRows, subject),
      attach(ownEndpointRows, subject),
    ];
    this.endpoints.set(path, subject);
    if (current.local) this.options.server.changed(networkPath(current.network));
    this.publish(path, interfaces);
  }

  private endpointRemoved(endpoint: Endpoint): void {
    const path = endpointPath(endpoint.network, endpoint.eid);
    this.endpoints.delete(path);
    if (endpoint.local) this.options.server.changed(networkPath(endpoint.network));
    this.unpublish(path);
  }

  private connectivityChanged(endpoint: Endpoint): void {
    const path = this.updated(endpoint);
    if (path === undefined) return;
    // Strings only on this interface: pldmd reads the map as such (H-2, R-CONS-18).
    this.propertiesChanged(path, Iface.endpoint1, { Connectivity: new Variant('s', endpoint.connectivity) });
  }

  private poolAllocated(endpoint: Endpoint): void {
    const path = this.updated(endpoint);
    const subject = path === undefined ? undefined : this.endpoints.get(path);
    if (path !== undefined && subject !== undefined) this.attachLater(path, attach(bridgeRows, subject));
  }

  private updated(endpoint: Endpoint): string | undefined {
    const path = endpointPath(endpoint.network, endpoint.eid);
    const subject = this.endpoints.get(path);
    if (subject === undefined) return undefined;
    subject.current = endpoint;
    this.options.server.changed(path);
    return path;
  }

  /** `Endpoint1.Link` follows a link that came, went or changed its name. */
  private refreshEndpoints(link: number): void {
    for (const [path, { current }] of this.endpoints) {
      if (current.link === link) this.options.server.changed(path);
    }
  }

  private publish(path: string, interfaces: readonly Attached[]): boolean {
    if (!this.options.server.add(path, interfaces)) {
      // Two link names can need the same path (R-DBUS-7).
      this.options.log.error('not published: the object path is taken', { path });
      return false;
    }
    this.interfacesAdded(path, {
      ...Object.fromEntries(STANDARD.map((name) => [name, {}])),
      ...interfaceMap(this.options.descriptions, interfaces),
    });
    return true;
  }

  private unpublish(path: string): void {
    const names = this.options.server.remove(path);
    if (names === undefined) return;
    const body = [path, [...STANDARD, ...names]];
    this.objectManagerSignal('InterfacesRemoved', 'oas', body);
  }

  /** One more interface on a published object: the signal has only that (R-DBUS-28, R-DBUS-33). */
  private attachLater(path: string, added: Attached): void {
    this.options.server.attach(path, added);
    this.interfacesAdded(path, interfaceMap(this.options.descriptions, [added]));
  }

  private interfacesAdded(path: string, interfaces: Record<string, unknown>): void {
    this.objectManagerSignal('InterfacesAdded', 'oa{sa{sv}}', [path, interfaces]);
  }

  /** Always from the root path: matches of clients are exact (R-CONS-2). */
  private objectManagerSignal(member: string, signature: string, body: readonly unknown[]): void {
    this.options.connection.emit({ path: ROOT_PATH, iface: Iface.objectManager, member, signature, body });
  }

  private propertiesChanged(path: string, iface: string, changed: Record<string, Variant>): void {
    if (Object.keys(changed).length === 0) return;
    const body = [iface, changed, []];
    const signal = { path, iface: Iface.properties, member: 'PropertiesChanged', signature: 'sa{sv}as' };
    this.options.connection.emit({ ...signal, body });
  }
}
