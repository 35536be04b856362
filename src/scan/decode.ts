import { EMPTY } from '../base/bytes';
import { Iface, ROOT_PATH } from '../base/bus-names';
import type {
  EndpointRecord,
  Inventory,
  LinkDetails,
  LinkRecord,
  NetworkRecord,
  VendorType,
} from './records';
import type { Dictionary } from './values';
import { asBoolean, asByte, asBytes, asDictionary, asList, asNetwork, asText, asUnsigned } from './values';
import { member, unwrap } from './values';

/** What one object turned out to be; `undefined`: a pure container, of no interest to a client. */
export type Decoded =
  | { readonly kind: 'endpoint'; readonly record: EndpointRecord }
  | { readonly kind: 'link'; readonly record: LinkRecord }
  | { readonly kind: 'network'; readonly record: NetworkRecord }
  | { readonly kind: 'problem'; readonly record: { readonly path: string; readonly reason: string } }
  | undefined;

/** Object path to interface name to properties: the argument of GetManagedObjects' reply. */
export type ObjectMap = Readonly<Record<string, unknown>>;

/**
 * Reads a GetManagedObjects reply. Our own interfaces are optional (R-DBUS-50), and an object that is not what the
 * contract says goes to `problems`, so that it never hides the good ones (R-CONS-14).
 */
export function decodeInventory(objects: ObjectMap): Inventory {
  const decoded = Object.entries(objects).map(([path, interfaces]) => decodeObject(path, interfaces));
  const links = decoded.flatMap((each) => (each?.kind === 'link' ? [each.record] : []));
  const networks = decoded.flatMap((each) => (each?.kind === 'network' ? [each.record] : []));
  const endpoints = decoded.flatMap((each) => (each?.kind === 'endpoint' ? [each.record] : []));
  return {
    endpoints: completeEndpoints(endpoints, links, networks),
    links: links.sort((a, b) => a.network - b.network || compareText(a.name, b.name)),
    networks: networks.sort((a, b) => a.network - b.network),
    problems: decoded.flatMap((each) => (each?.kind === 'problem' ? [each.record] : [])),
  };
}

/** Reads one object by the interfaces it has. */
export function decodeObject(path: string, value: unknown): Decoded {
  const interfaces = asDictionary(value);
  if (interfaces === undefined) return problem(path, 'has no interfaces');
  if (Object.hasOwn(interfaces, Iface.endpoint)) return decodeEndpoint(path, interfaces);
  if (Object.hasOwn(interfaces, Iface.link)) return decodeLink(path, interfaces);
  if (Object.hasOwn(interfaces, Iface.network)) return decodeNetwork(path, interfaces);
  return undefined;
}

/**
 * Fills in what takes more than the endpoint's own object: whether the EID is the daemon's own, the real name of the
 * link behind an object path, and who carries the messages: all links of a network are of one backend (D-10).
 */
export function completeEndpoints(
  endpoints: readonly EndpointRecord[],
  links: readonly LinkRecord[],
  networks: readonly NetworkRecord[],
): EndpointRecord[] {
  const names = new Map(links.map((link) => [link.path, link.name]));
  const own = new Set(networks.flatMap((each) => each.localEids.map((eid) => `${each.network}:${eid}`)));
  const carried = new Set(
    links.flatMap(({ network, details }) => (details?.backend === 'user' ? [network] : [])),
  );
  return endpoints
    .map((endpoint) => ({
      ...endpoint,
      transport: carried.has(endpoint.network) ? ('daemon' as const) : ('kernel' as const),
      local: own.has(`${endpoint.network}:${endpoint.eid}`),
      ...(endpoint.link === undefined
        ? {}
        : { link: names.get(endpoint.link) ?? lastElement(endpoint.link) }),
    }))
    .sort((a, b) => a.network - b.network || a.eid - b.eid);
}

function decodeEndpoint(path: string, interfaces: Dictionary): Decoded {
  const main = asDictionary(interfaces[Iface.endpoint]);
  const network = asNetwork(member(main, 'NetworkId'));
  const eid = asByte(member(main, 'EID'));
  const types = asBytes(member(main, 'SupportedMessageTypes'));
  if (network === undefined) return problem(path, 'NetworkId is missing or not a number');
  if (eid === undefined) return problem(path, 'EID is missing or not a byte');
  if (types === undefined) return problem(path, 'SupportedMessageTypes is missing or not a list of bytes');
  const record: EndpointRecord = {
    path,
    network,
    eid,
    types: [...types],
    vendorTypes: decodeVendorTypes(member(main, 'VendorDefinedMessageTypes')),
    connectivity: asText(member(asDictionary(interfaces[Iface.endpoint1]), 'Connectivity')) ?? 'unknown',
    local: false,
    transport: 'kernel',
    ...present('uuid', asText(member(asDictionary(interfaces[Iface.uuid]), 'UUID'))),
    ...decodeOwnEndpoint(asDictionary(interfaces[Iface.ownEndpoint])),
    ...present('pool', decodePool(asDictionary(interfaces[Iface.bridge]))),
  };
  return { kind: 'endpoint', record };
}

/** R-DBUS-54: `/` and 0 stand for "none". The link is still an object path here. */
function decodeOwnEndpoint(own: Dictionary | undefined): Partial<EndpointRecord> {
  const link = asText(member(own, 'Link'));
  const bridge = asByte(member(own, 'Bridge'));
  return {
    ...present('link', link === '/' ? undefined : link),
    ...present('physicalAddress', asBytes(member(own, 'PhysicalAddress'))),
    ...present('bridge', bridge === 0 ? undefined : bridge),
  };
}

function decodePool(bridge: Dictionary | undefined): EndpointRecord['pool'] {
  const first = asByte(member(bridge, 'PoolStart'));
  const last = asByte(member(bridge, 'PoolEnd'));
  return first === undefined || last === undefined ? undefined : { first, last };
}

/** `a(yvq)`; a set that does not read is left out, the rest stands. */
function decodeVendorTypes(value: unknown): readonly VendorType[] {
  return (asList(value) ?? []).flatMap((each) => {
    const [formatValue, vendorValue, subtypeValue] = asList(each) ?? [];
    const format = asByte(formatValue);
    const vendor = asUnsigned(unwrap(vendorValue), 0xffffffff);
    const subtype = asUnsigned(subtypeValue, 0xffff);
    if (format === undefined || vendor === undefined || subtype === undefined) return [];
    return [{ format, vendor, subtype }];
  });
}

function decodeLink(path: string, interfaces: Dictionary): Decoded {
  const main = asDictionary(interfaces[Iface.link]);
  const network = asNetwork(member(main, 'NetworkId'));
  if (network === undefined) return problem(path, 'NetworkId is missing or not a number');
  const own = asDictionary(interfaces[Iface.ownLink]);
  const record: LinkRecord = {
    path,
    // Without our own interface the path element is the best there is; it cannot be unescaped with certainty.
    name: asText(member(own, 'Name')) ?? lastElement(path),
    network,
    role: asText(member(main, 'Role')) ?? 'Unknown',
    busOwner: Object.hasOwn(interfaces, Iface.busOwner),
    ...present('details', own === undefined ? undefined : decodeLinkDetails(own)),
  };
  return { kind: 'link', record };
}

function decodeLinkDetails(own: Dictionary): LinkDetails {
  const number = (name: string): number => asUnsigned(member(own, name), 0xffffffff) ?? 0;
  return {
    index: number('Index'),
    backend: asText(member(own, 'Backend')) ?? 'unknown',
    binding: asText(member(own, 'Binding')) ?? 'unknown',
    physicalAddress: asBytes(member(own, 'PhysicalAddress')) ?? EMPTY,
    minMtu: number('MinMTU'),
    maxMtu: number('MaxMTU'),
    up: asBoolean(member(own, 'Up')) ?? false,
  };
}

/** The network id has no property; it is in the path (R-DBUS-6). */
function decodeNetwork(path: string, interfaces: Dictionary): Decoded {
  const text = path.startsWith(`${ROOT_PATH}/networks/`) ? lastElement(path) : '';
  if (!/^[0-9]{1,10}$/.test(text)) return problem(path, 'is not the path of a network');
  const localEids = asBytes(member(asDictionary(interfaces[Iface.network]), 'LocalEIDs')) ?? EMPTY;
  const routes = Object.hasOwn(interfaces, Iface.ownNetwork);
  return { kind: 'network', record: { path, network: Number(text), localEids: [...localEids], routes } };
}

function problem(path: string, reason: string): Decoded {
  return { kind: 'problem', record: { path, reason } };
}

/** `{name: value}`, or nothing for an absent value: an optional field is left out, not set to undefined. */
function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, Value>>);
}

function lastElement(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** By code unit, so that the order does not depend on anybody's locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
