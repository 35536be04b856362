import { Emitter } from '../base/events';
import type { NetLink } from '../core/net';
import type { Endpoint } from './endpoint';

export type Role = 'BusOwner' | 'Endpoint' | 'Unknown';

/** A link as the published objects show it. */
export interface RegistryLink {
  readonly link: NetLink;
  readonly role: Role;
}

/** What happened to the published picture, in the order the signals of R-DBUS §5 leave. State changes first. */
export type RegistryEvent =
  | { readonly kind: 'network-added' | 'network-removed'; readonly network: number }
  | { readonly kind: 'link-added' | 'link-removed'; readonly link: RegistryLink }
  | { readonly kind: 'link-changed'; readonly link: RegistryLink; readonly before: RegistryLink }
  | { readonly kind: 'endpoint-added' | 'endpoint-removed'; readonly endpoint: Endpoint }
  /** Connectivity changed; nothing else does while an object stays published (R-CONS-21). */
  | { readonly kind: 'endpoint-changed'; readonly endpoint: Endpoint }
  /** A bridge got its pool after it was published: Bridge1 is added to its object (R-DBUS-28). */
  | { readonly kind: 'pool-allocated'; readonly endpoint: Endpoint };

/**
 * The published picture: networks, links and endpoints, and one event for each change. It decides nothing; the
 * engine writes it, the D-Bus publisher reads it.
 */
export class Registry {
  private readonly networkIds = new Set<number>();
  private readonly linkTable = new Map<number, RegistryLink>();
  private readonly endpointTable = new Map<string, Endpoint>();
  readonly events = new Emitter<RegistryEvent>();

  networks(): readonly number[] {
    return [...this.networkIds].sort((a, b) => a - b);
  }

  links(): readonly RegistryLink[] {
    return [...this.linkTable.values()];
  }

  link(index: number): RegistryLink | undefined {
    return this.linkTable.get(index);
  }

  endpoints(): readonly Endpoint[] {
    return [...this.endpointTable.values()];
  }

  endpoint(network: number, eid: number): Endpoint | undefined {
    return this.endpointTable.get(key(network, eid));
  }

  /** Our own EIDs in a network, ascending (`Network1.LocalEIDs`). */
  localEids(network: number): readonly number[] {
    return this.endpoints()
      .filter((endpoint) => endpoint.local && endpoint.network === network)
      .map((endpoint) => endpoint.eid)
      .sort((a, b) => a - b);
  }

  addNetwork(network: number): void {
    if (this.networkIds.has(network)) return;
    this.networkIds.add(network);
    this.events.emit({ kind: 'network-added', network });
  }

  removeNetwork(network: number): void {
    if (this.networkIds.delete(network)) this.events.emit({ kind: 'network-removed', network });
  }

  /** Adds a link, or replaces the one of the same index. */
  putLink(link: RegistryLink): void {
    const before = this.linkTable.get(link.link.index);
    this.linkTable.set(link.link.index, link);
    this.events.emit(
      before === undefined ? { kind: 'link-added', link } : { kind: 'link-changed', link, before },
    );
  }

  removeLink(index: number): void {
    const link = this.linkTable.get(index);
    if (link === undefined) return;
    this.linkTable.delete(index);
    this.events.emit({ kind: 'link-removed', link });
  }

  /** Publishes an endpoint; publishing one that is there is a no-op (R-DISC-43). */
  addEndpoint(endpoint: Endpoint): void {
    const at = key(endpoint.network, endpoint.eid);
    if (this.endpointTable.has(at)) return;
    this.endpointTable.set(at, endpoint);
    this.events.emit({ kind: 'endpoint-added', endpoint });
  }

  removeEndpoint(network: number, eid: number): void {
    const endpoint = this.endpointTable.get(key(network, eid));
    if (endpoint === undefined) return;
    this.endpointTable.delete(key(network, eid));
    this.events.emit({ kind: 'endpoint-removed', endpoint });
  }

  /** Replaces a published endpoint by one with another connectivity or with a pool. */
  updateEndpoint(endpoint: Endpoint, kind: 'endpoint-changed' | 'pool-allocated'): void {
    const at = key(endpoint.network, endpoint.eid);
    if (!this.endpointTable.has(at)) return;
    this.endpointTable.set(at, endpoint);
    this.events.emit({ kind, endpoint });
  }
}

function key(network: number, eid: number): string {
  return `${network}/${eid}`;
}
