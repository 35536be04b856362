import { Iface, ROOT_PATH, SERVICE_NAME, endpointPath, linkPath, networkPath } from '../base/bus-names';
import { EMPTY } from '../base/bytes';
import { MctpError } from '../base/errors';
import type { BusCaller } from './bus-caller';
import {
  asBoolean,
  asByte,
  asBytes,
  asCount,
  asDictionary,
  asList,
  asNetwork,
  asText,
  asUnsigned,
} from './values';
import { member } from './values';

/** What setting up a device gave. */
export interface Assignment {
  readonly eid: number;
  readonly network: number;
  readonly path: string;
  /** False: the endpoint was known already. */
  readonly fresh: boolean;
}

export interface EndpointAddress {
  readonly network: number;
  readonly eid: number;
}

/** A device on a link. */
export interface DeviceAddress {
  readonly link: string;
  /** As the binding has it: one byte on I2C, none on a point-to-point link (R-DBUS-17). */
  readonly physicalAddress: Uint8Array;
}

/** EIDs `first..first + extent`, through a link or through a gateway. */
export interface Route {
  readonly first: number;
  readonly extent: number;
  /** Link name; empty for a route through a gateway. */
  readonly link: string;
  /** 0: none of its own. */
  readonly mtu: number;
  /** 0: none. */
  readonly gateway: number;
}

export interface Neighbour {
  readonly eid: number;
  readonly link: string;
  readonly physicalAddress: Uint8Array;
}

export interface EndpointStatus {
  /** Empty while no exchange has failed. */
  readonly lastError: string;
  readonly roundTripMicroseconds: number;
  readonly requests: number;
  readonly timeouts: number;
}

/** `BusOwner`, `Endpoint` or `Unknown` (R-DBUS-13). */
export type LinkRole = 'BusOwner' | 'Endpoint' | 'Unknown';

/** Makes what D-Bus calls a variant; `bus/connection.ts` knows how. */
export type MakeVariant = (signature: string, value: unknown) => unknown;

/**
 * The methods of the daemon as functions. Everything rejects with the bus error as it came (its texts are listed in
 * dbus-interfaces/), or with `bad-response` when a reply is not of the contract's types.
 */
export class Manager {
  constructor(
    private readonly bus: BusCaller,
    private readonly options: { readonly timeoutMs?: number; readonly variant?: MakeVariant } = {},
  ) {}

  /** Takes the device as it is when it has an EID that fits, and assigns one otherwise. */
  setup(device: DeviceAddress): Promise<Assignment> {
    return this.busOwner(device, 'SetupEndpoint');
  }

  /** Assigns the next free EID. */
  assign(device: DeviceAddress): Promise<Assignment> {
    return this.busOwner(device, 'AssignEndpoint');
  }

  /** Assigns this EID, 8..254. */
  assignStatic(device: DeviceAddress, eid: number): Promise<Assignment> {
    return this.busOwner(device, 'AssignEndpointStatic', { signature: 'y', body: [eid] });
  }

  /** Assigns this EID to a bridge, and the `poolSize` EIDs after it to the devices behind it. */
  async assignBridge(device: DeviceAddress, eid: number, poolSize: number): Promise<Assignment> {
    const extra = { signature: 'yyy', body: [eid, eid + 1, poolSize] };
    const reply = await this.callLink(device, 'AssignBridgeStatic', extra);
    return toAssignment([reply[0], ...reply.slice(2)]);
  }

  /** Publishes the device under the EID it has; `undefined` when it has none (R-DBUS-18). */
  async learn(device: DeviceAddress): Promise<Assignment | undefined> {
    const assignment = await this.busOwner(device, 'LearnEndpoint');
    return assignment.eid === 0 ? undefined : assignment;
  }

  /** Publishes an endpoint that is reachable by its EID, such as one behind a bridge. */
  async learnByEid({ network, eid }: EndpointAddress): Promise<Assignment> {
    const [path, found] = await this.call(networkPath(network), Iface.network, 'LearnEndpoint', {
      signature: 'y',
      body: [eid],
    });
    return toAssignment([eid, network, path, found]);
  }

  async remove(endpoint: EndpointAddress): Promise<void> {
    await this.call(pathOf(endpoint), Iface.endpoint1, 'Remove');
  }

  /** Starts it: signals of the endpoint tell how it ends (R-CONS-17). */
  async recover(endpoint: EndpointAddress): Promise<void> {
    await this.call(pathOf(endpoint), Iface.endpoint1, 'Recover');
  }

  /** `mtu` counts the 4 header bytes; 0: as the link has it (R-DBUS-26). */
  async setMtu(endpoint: EndpointAddress, mtu: number): Promise<void> {
    await this.call(pathOf(endpoint), Iface.endpoint1, 'SetMTU', { signature: 'u', body: [mtu] });
  }

  async setRole(link: string, role: LinkRole): Promise<void> {
    const value = this.options.variant?.('s', role) ?? { signature: 's', value: role };
    const body = [Iface.link, 'Role', value];
    await this.call(linkPath(link), Iface.properties, 'Set', { signature: 'ssv', body });
  }

  async routes(network: number): Promise<readonly Route[]> {
    const [rows] = await this.call(networkPath(network), Iface.ownNetwork, 'ListRoutes');
    return (asList(rows) ?? []).flatMap(toRoute);
  }

  async addRoute(network: number, route: Route): Promise<void> {
    const body = [route.first, route.extent, route.link, route.mtu, route.gateway];
    await this.call(networkPath(network), Iface.ownNetwork, 'AddRoute', { signature: 'yysuy', body });
  }

  async removeRoute(network: number, route: Pick<Route, 'first' | 'extent' | 'link'>): Promise<void> {
    const body = [route.first, route.extent, route.link];
    await this.call(networkPath(network), Iface.ownNetwork, 'RemoveRoute', { signature: 'yys', body });
  }

  async neighbours(network: number): Promise<readonly Neighbour[]> {
    const [rows] = await this.call(networkPath(network), Iface.ownNetwork, 'ListNeighbours');
    return (asList(rows) ?? []).flatMap(toNeighbour);
  }

  /** By name, in the daemon's order; a backend leaves out what it does not count (R-DBUS-52). */
  async counters(link: string): Promise<ReadonlyMap<string, number>> {
    const [reply] = await this.call(linkPath(link), Iface.ownLink, 'GetCounters');
    const entries = Object.entries(asDictionary(reply) ?? {});
    return new Map(
      entries.flatMap(([key, value]) => {
        const count = asCount(value);
        return count === undefined ? [] : [[key, count] as const];
      }),
    );
  }

  async status(endpoint: EndpointAddress): Promise<EndpointStatus> {
    const [reply] = await this.call(pathOf(endpoint), Iface.ownEndpoint, 'GetStatus');
    const status = asDictionary(reply);
    return {
      lastError: asText(member(status, 'LastError')) ?? '',
      roundTripMicroseconds: asUnsigned(member(status, 'RoundTripMicroseconds'), 0xffffffff) ?? 0,
      requests: asCount(member(status, 'Requests')) ?? 0,
      timeouts: asCount(member(status, 'Timeouts')) ?? 0,
    };
  }

  /** Runs the automatic discovery again, back-off times reset; does not wait for it (R-DBUS-51). */
  async rescan(): Promise<void> {
    await this.call(ROOT_PATH, Iface.ownManager, 'Rescan');
  }

  private async busOwner(device: DeviceAddress, method: string, extra?: Arguments): Promise<Assignment> {
    return toAssignment(await this.callLink(device, method, extra));
  }

  private callLink(device: DeviceAddress, method: string, extra?: Arguments): Promise<readonly unknown[]> {
    return this.call(linkPath(device.link), Iface.busOwner, method, {
      signature: `ay${extra?.signature ?? ''}`,
      body: [Buffer.from(device.physicalAddress), ...(extra?.body ?? [])],
    });
  }

  private call(path: string, iface: string, method: string, args?: Arguments): Promise<readonly unknown[]> {
    const { timeoutMs } = this.options;
    return this.bus.call({
      destination: SERVICE_NAME,
      path,
      iface,
      member: method,
      ...args,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }
}

interface Arguments {
  readonly signature: string;
  readonly body: readonly unknown[];
}

/** R-CONS-3: the path may be constructed, both numbers are plain decimal. */
function pathOf({ network, eid }: EndpointAddress): string {
  return endpointPath(network, eid);
}

/** `yisb`: the network is an `i` here (R-DBUS-16). */
function toAssignment(reply: readonly unknown[]): Assignment {
  const eid = asByte(reply[0]);
  const network = asNetwork(reply[1]);
  const path = asText(reply[2]);
  const fresh = asBoolean(reply[3]);
  if (eid === undefined || network === undefined || path === undefined || fresh === undefined) {
    throw new MctpError('bad-response', 'the daemon answered with values of other types than the contract');
  }
  return { eid, network, path, fresh };
}

/** `(yysuy)`; a row that does not read is left out. */
function toRoute(row: unknown): readonly Route[] {
  const values = asList(row) ?? [];
  const [first, extent, gateway] = [asByte(values[0]), asByte(values[1]), asByte(values[4])];
  const link = asText(values[2]);
  const mtu = asUnsigned(values[3], 0xffffffff);
  if (first === undefined || extent === undefined || link === undefined) return [];
  return mtu === undefined || gateway === undefined ? [] : [{ first, extent, link, mtu, gateway }];
}

/** `(ysay)`. */
function toNeighbour(row: unknown): readonly Neighbour[] {
  const values = asList(row) ?? [];
  const eid = asByte(values[0]);
  const link = asText(values[1]);
  if (eid === undefined || link === undefined) return [];
  return [{ eid, link, physicalAddress: asBytes(values[2]) ?? EMPTY }];
}
