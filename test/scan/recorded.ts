import { Iface, ROOT_PATH, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { variant } from './fake-bus';

/**
 * A recorded GetManagedObjects reply: one bus owner link, the local EID 8, a plain NVMe drive 9, an endpoint 10 with
 * vendor-defined types, a bridge 11 with pool 12..13, and 12 behind it.
 */

const STANDARD = { [Iface.peer]: {}, [Iface.introspectable]: {}, [Iface.properties]: {} };

export interface EndpointShape {
  readonly network?: number;
  /** `i` is what libnvme needs, `u` what the reference daemon sends (R-DBUS-43). */
  readonly networkSignature?: 'i' | 'u';
  readonly types?: readonly number[];
  readonly vendorTypes?: readonly (readonly unknown[])[];
  readonly uuid?: string;
  readonly connectivity?: string;
  readonly pool?: readonly [number, number];
  readonly own?: { readonly link: string; readonly address: readonly number[]; readonly bridge?: number };
}

export function endpointObject(
  eid: number,
  shape: EndpointShape = {},
): Record<string, Record<string, unknown>> {
  const { own, pool, uuid } = shape;
  return {
    ...STANDARD,
    ...(uuid === undefined ? {} : { [Iface.uuid]: { UUID: variant('s', uuid) } }),
    [Iface.endpoint1]: { Connectivity: variant('s', shape.connectivity ?? 'Available') },
    [Iface.endpoint]: {
      NetworkId: variant(shape.networkSignature ?? 'i', shape.network ?? 1),
      EID: variant('y', eid),
      SupportedMessageTypes: variant('ay', Buffer.from(shape.types ?? [0])),
      VendorDefinedMessageTypes: variant('a(yvq)', shape.vendorTypes ?? []),
    },
    ...(pool === undefined
      ? {}
      : { [Iface.bridge]: { PoolStart: variant('y', pool[0]), PoolEnd: variant('y', pool[1]) } }),
    ...(own === undefined
      ? {}
      : {
          [Iface.ownEndpoint]: {
            Link: variant('o', own.link),
            PhysicalAddress: variant('ay', Buffer.from(own.address)),
            Bridge: variant('y', own.bridge ?? 0),
          },
        }),
  };
}

export const UUID_9 = '595a522d-77c5-4628-8400-37bfb41b710c';
export const UUID_10 = '595a522d-77c5-4628-8400-37bfb41b710d';

const MCTP0 = linkPath('mctp0');

/** The whole tree; `own: false` leaves out our own interfaces, as the reference daemon does. */
export function recordedObjects({
  own = true,
  networkSignature = 'i',
}: { own?: boolean; networkSignature?: 'i' | 'u' } = {}): Record<
  string,
  Record<string, Record<string, unknown>>
> {
  const at = (address: readonly number[], bridge = 0): EndpointShape =>
    own ? { networkSignature, own: { link: MCTP0, address, bridge } } : { networkSignature };
  const local: EndpointShape = own
    ? { networkSignature, own: { link: '/', address: [] } }
    : { networkSignature };
  return {
    [`${ROOT_PATH}/networks`]: STANDARD,
    [MCTP0]: linkObject({ own }),
    [networkPath(1)]: {
      ...STANDARD,
      [Iface.network]: { LocalEIDs: variant('ay', Buffer.from([8])) },
      ...(own ? { [Iface.ownNetwork]: {} } : {}),
    },
    [endpointPath(1, 10)]: endpointObject(10, {
      ...at([0x1e]),
      types: [0, 1, 126, 127],
      vendorTypes: [
        [0, variant('q', 32902), 1],
        [1, variant('u', 40981), 2],
      ],
      uuid: UUID_10,
    }),
    [endpointPath(1, 11)]: endpointObject(11, { ...at([0x1f]), pool: [12, 13] }),
    [endpointPath(1, 12)]: endpointObject(12, {
      ...at([], 11),
      types: [0, 1],
      connectivity: 'Degraded',
    }),
    [endpointPath(1, 8)]: endpointObject(8, { ...local, uuid: '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7' }),
    [endpointPath(1, 9)]: endpointObject(9, { ...at([0x1d]), types: [0, 4], uuid: UUID_9 }),
  };
}

export function linkObject({ own = true, role = 'BusOwner', name = 'mctp0' } = {}): Record<
  string,
  Record<string, unknown>
> {
  return {
    ...STANDARD,
    ...(role === 'BusOwner' ? { [Iface.busOwner]: {} } : {}),
    [Iface.link]: { Role: variant('s', role), NetworkId: variant('u', 1) },
    ...(own
      ? {
          [Iface.ownLink]: {
            Name: variant('s', name),
            Index: variant('u', 3),
            Backend: variant('s', 'user'),
            Binding: variant('s', 'i2c'),
            PhysicalAddress: variant('ay', Buffer.from([0x10])),
            MinMTU: variant('u', 68),
            MaxMTU: variant('u', 254),
            Up: variant('b', true),
          },
        }
      : {}),
  };
}
