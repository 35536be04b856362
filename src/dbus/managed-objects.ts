import { Iface } from '../base/bus-names';
import { joinElements, marshal } from '../bus/marshal';
import { Variant } from '../bus/variant';
import type { Descriptions } from './introspection';
import type { Attached } from './rows';

/** Listed with every object, without properties (R-DBUS-30). */
export const STANDARD = [Iface.peer, Iface.introspectable, Iface.properties] as const;

/** Which type `xyz.openbmc_project.MCTP.Endpoint.NetworkId` has in the reply (R-DBUS-43, R-CONS-12). */
export type NetworkIdType = 'int32' | 'uint32';

type Properties = Record<string, Variant>;

/** Interface names with their properties, as `InterfacesAdded` carries them. */
export function interfaceMap(
  descriptions: Descriptions,
  interfaces: readonly Attached[],
): Record<string, Properties> {
  return Object.fromEntries(interfaces.map((each) => [each.name, propertyMap(descriptions, each)]));
}

/** All properties of an interface with their current values. */
export function propertyMap(descriptions: Descriptions, attached: Attached): Properties {
  const properties = descriptions.get(attached.name)?.properties ?? new Map<string, never>();
  return Object.fromEntries(
    [...properties].map(([name, { signature }]) => [name, new Variant(signature, attached.get(name))]),
  );
}

/**
 * The reply of `GetManagedObjects`, one piece for each object, kept D-Bus-encoded until the object changes (design
 * decision D-5): a reply only joins the pieces. It is taken in one go, so that it never disagrees with the signals sent
 * before and after it; what the socket does not take at once is written when it has room.
 */
export class ManagedObjects {
  private readonly entries = new Map<string, Buffer>();
  private readonly empty: Buffer;

  /** @param placeholder object to list while there is no other, so that the reply is never empty (R-CONS-13) */
  constructor(
    private readonly descriptions: Descriptions,
    private readonly networkId: NetworkIdType,
    placeholder: string,
  ) {
    this.empty = this.encode(placeholder, []);
  }

  /** Encodes an object anew: it was added, or something about it changed. */
  put(path: string, interfaces: readonly Attached[]): void {
    this.entries.set(path, this.encode(path, interfaces));
  }

  remove(path: string): void {
    this.entries.delete(path);
  }

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  /** Body of signature `a{oa{sa{sv}}}`. */
  reply(): Buffer {
    return joinElements(this.isEmpty ? [this.empty] : [...this.entries.values()]);
  }

  /** A dictionary entry is laid out like a struct, and like it starts at a multiple of 8. */
  private encode(path: string, interfaces: readonly Attached[]): Buffer {
    const map: Record<string, Properties> = {
      ...Object.fromEntries(STANDARD.map((name) => [name, {}])),
      ...interfaceMap(this.descriptions, interfaces),
    };
    const endpoint = map[Iface.endpoint];
    const network = endpoint?.['NetworkId'];
    // libnvme gives up its whole scan at a NetworkId that is not INT32, and reads nothing but this reply.
    if (endpoint !== undefined && network !== undefined && this.networkId === 'int32') {
      endpoint['NetworkId'] = new Variant('i', network.value);
    }
    return marshal('(oa{sa{sv}})', [[path, map]]);
  }
}
