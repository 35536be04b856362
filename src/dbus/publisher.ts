import { endpointPath, Iface, linkPath, networkPath } from '../base/bus-names';
import { bytesEqual } from '../base/bytes';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import { Variant } from '../bus/variant';
import type { Endpoint } from '../discovery/endpoint';
import type { RegistryEvent, RegistryLink } from '../discovery/registry';
import { endpointsOfUserLinks, followRegistry } from './follow-registry';
import { associationRows } from './interfaces/association';
import { bridgeRows } from './interfaces/bridge';
import { busOwnerRows } from './interfaces/bus-owner';
import { endpointRows } from './interfaces/endpoint';
import { interfaceRows } from './interfaces/interface';
import { networkRows } from './interfaces/network';
import { openbmcEndpointRows } from './interfaces/openbmc-endpoint';
import { ownEndpointRows } from './interfaces/own-endpoint';
import { ownLinkRows } from './interfaces/own-link';
import { ownNetworkRows } from './interfaces/own-network';
import { shownUuid, uuidRows } from './interfaces/uuid';
import type { ObjectServer } from './object-server';
import type { PublishedObjects } from './published-objects';
import { attach } from './rows';
import type { EndpointSubject, LinkSubject, Services } from './subjects';

export interface PublisherOptions {
  readonly server: ObjectServer;
  readonly objects: PublishedObjects;
  readonly services: Services;
  readonly log: Log;
  /** R-CONS-30 */
  readonly alwaysPublishUuid: boolean;
  /** Object path of the inventory item that an endpoint belongs to by configuration (R-CONS-29). */
  readonly inventory: (endpoint: Endpoint) => string | undefined;
}

/** Turns registry events into objects and signals (R-DBUS §5). */
export class Publisher {
  private subscription: Subscription | undefined;
  private readonly links = new Map<number, { readonly path: string; readonly subject: LinkSubject }>();
  private readonly endpoints = new Map<string, EndpointSubject>();
  private readonly objects: PublishedObjects;

  constructor(private readonly options: PublisherOptions) {
    this.objects = options.objects;
  }

  /** Publishes what there is, then everything that happens. */
  start(): void {
    const { log, services } = this.options;
    const { registry } = services;
    for (const network of registry.networks()) this.networkAdded(network);
    for (const endpoint of registry.endpoints()) this.endpointAdded(endpoint);
    for (const link of registry.links()) this.linkAdded(link);
    this.subscription = followRegistry(registry, log, (event) => this.handle(event));
  }

  stop(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  /** Orderly shutdown (R-DBUS-4). */
  removeEndpointsOfUserLinks(): void {
    this.stop();
    for (const endpoint of endpointsOfUserLinks(this.options.services.registry))
      this.endpointRemoved(endpoint);
  }

  private handle(event: RegistryEvent): void {
    switch (event.kind) {
      case 'network-added':
        this.networkAdded(event.network);
        break;
      case 'network-removed':
        this.objects.unpublish(networkPath(event.network));
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
    this.objects.publish(networkPath(network), [
      attach(networkRows, subject),
      attach(ownNetworkRows, subject),
    ]);
  }

  private linkAdded(current: RegistryLink): void {
    const subject: LinkSubject = { services: this.options.services, current };
    const path = linkPath(current.link.name);
    const interfaces = [
      ...(current.role === 'BusOwner' ? [attach(busOwnerRows, subject)] : []),
      attach(interfaceRows, subject),
      attach(ownLinkRows, subject),
    ];
    if (this.objects.publish(path, interfaces)) this.links.set(current.link.index, { path, subject });
    this.refreshEndpoints(current.link.index);
  }

  private linkRemoved({ link }: RegistryLink): void {
    const known = this.links.get(link.index);
    if (known === undefined) return;
    this.links.delete(link.index);
    this.objects.unpublish(known.path);
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
    this.objects.propertiesChanged(known.path, Iface.link, { ...link, ...network });
    const up = { ...(is.up !== was.up && { Up: new Variant('b', is.up) }) };
    const address = {
      ...(!bytesEqual(is.address, was.address) && {
        PhysicalAddress: new Variant('ay', Buffer.from(is.address)),
      }),
    };
    this.objects.propertiesChanged(known.path, Iface.ownLink, { ...up, ...address });
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
    this.objects.attachLater(path, attach(busOwnerRows, subject));
  }

  private endpointAdded(current: Endpoint): void {
    const { services, alwaysPublishUuid } = this.options;
    const path = endpointPath(current.network, current.eid);
    const uuid = shownUuid(current, alwaysPublishUuid);
    const inventory = this.options.inventory(current);
    const subject: EndpointSubject = { services, current, uuid };
    const interfaces = [
      ...(current.pool === undefined ? [] : [attach(bridgeRows, subject)]),
      ...(uuid === undefined ? [] : [attach(uuidRows, subject)]),
      ...(inventory === undefined ? [] : [attach(associationRows, { inventory })]),
      attach(endpointRows, subject),
      attach(openbmcEndpointRows, subject),
      attach(ownEndpointRows, subject),
    ];
    this.endpoints.set(path, subject);
    if (current.local) this.options.server.changed(networkPath(current.network));
    this.objects.publish(path, interfaces);
  }

  private endpointRemoved(endpoint: Endpoint): void {
    const path = endpointPath(endpoint.network, endpoint.eid);
    this.endpoints.delete(path);
    if (endpoint.local) this.options.server.changed(networkPath(endpoint.network));
    this.objects.unpublish(path);
  }

  private connectivityChanged(endpoint: Endpoint): void {
    const path = this.updated(endpoint);
    if (path === undefined) return;
    // Strings only on this interface: pldmd reads the map as such (H-2, R-CONS-18).
    this.objects.propertiesChanged(path, Iface.endpoint1, {
      Connectivity: new Variant('s', endpoint.connectivity),
    });
  }

  private poolAllocated(endpoint: Endpoint): void {
    const path = this.updated(endpoint);
    const subject = path === undefined ? undefined : this.endpoints.get(path);
    if (path !== undefined && subject !== undefined)
      this.objects.attachLater(path, attach(bridgeRows, subject));
  }

  private updated(endpoint: Endpoint): string | undefined {
    const path = endpointPath(endpoint.network, endpoint.eid);
    const subject = this.endpoints.get(path);
    if (subject === undefined) return undefined;
    subject.current = endpoint;
    this.options.server.changed(path);
    return path;
  }

  /**
   * `Endpoint1.Link` follows a link that came or changed its name. The endpoints stay as they are, without a signal
   * (R-DISC-124): that of the link's own object says which path is no more.
   */
  private refreshEndpoints(link: number): void {
    for (const [path, { current }] of this.endpoints) {
      if (current.link === link) this.options.server.changed(path);
    }
  }
}
