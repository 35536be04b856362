import { formatAddress, formatType } from './format';
import type { EndpointRecord } from '../../scan/records';
import type { EndpointStatus } from '../../scan/manager';
import type { LinkRow, LocalEidRow, NeighbourRow, RouteRow } from './rows';

/**
 * The shapes of `--json` (docs/mctpctl.md). They are part of the contract: every key is always there, `null` stands
 * for what is not known, keys are only ever added.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function endpointJson(endpoint: EndpointRecord): { readonly [key: string]: Json } {
  return {
    network: endpoint.network,
    eid: endpoint.eid,
    path: endpoint.path,
    local: endpoint.local,
    types: endpoint.types,
    typeNames: endpoint.types.map(formatType),
    vendorTypes: endpoint.vendorTypes.map(({ format, vendor, subtype }) => ({ format, vendor, subtype })),
    uuid: endpoint.uuid ?? null,
    connectivity: endpoint.connectivity,
    link: endpoint.link ?? null,
    physicalAddress: addressJson(endpoint.physicalAddress),
    bridge: endpoint.bridge ?? null,
    pool: endpoint.pool === undefined ? null : { first: endpoint.pool.first, last: endpoint.pool.last },
  };
}

export function linkJson(link: LinkRow): { readonly [key: string]: Json } {
  const { details } = link;
  return {
    name: link.name,
    path: link.path ?? null,
    network: link.network,
    role: link.role ?? null,
    index: details?.index ?? null,
    backend: details?.backend ?? null,
    binding: details?.binding ?? null,
    physicalAddress: addressJson(details?.physicalAddress),
    minMtu: details?.minMtu ?? null,
    maxMtu: details?.maxMtu ?? null,
    up: details?.up ?? null,
    ...link.kernel,
  };
}

export function localEidJson({ network, eid, link }: LocalEidRow): Json {
  return { network, eid, link: link ?? null };
}

export function routeJson(route: RouteRow): Json {
  return {
    network: route.network,
    first: route.first,
    last: route.first + route.extent,
    link: route.link === '' ? null : route.link,
    gateway: route.gateway === 0 ? null : route.gateway,
    mtu: route.mtu === 0 ? null : route.mtu,
  };
}

export function neighbourJson({ network, eid, link, physicalAddress }: NeighbourRow): Json {
  return { network, eid, link, physicalAddress: formatAddress(physicalAddress) };
}

export function statusJson(status: EndpointStatus | undefined): Json {
  return status === undefined ? null : { ...status };
}

/** In the form {@link formatAddress} prints and the command line reads. */
function addressJson(address: Uint8Array | undefined): Json {
  return address === undefined ? null : formatAddress(address);
}
