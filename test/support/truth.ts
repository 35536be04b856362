import { Iface } from '../../src/base/bus-names';
import type { BusSignal } from '../../src/bus/connection';
import type { Variant } from '../../src/bus/variant';

/** What a device really is, as its object shows it. */
export interface Truth {
  readonly types: readonly number[];
  /** As JSON. */
  readonly vendorTypes: string;
  readonly uuid: string;
}

type Interfaces = Readonly<Record<string, Readonly<Record<string, Variant>>>>;

export interface Shown {
  readonly link: string;
  /** Hex. */
  readonly address: string;
  readonly eid: number;
  readonly types: readonly number[];
  readonly vendorTypes: string;
  readonly uuid: string | undefined;
}

const ENDPOINT = /\/networks\/(\d+)\/endpoints\/(\d+)$/;
const WHOLE = [Iface.endpoint, Iface.endpoint1, Iface.ownEndpoint];

/** What an object says of a device. @returns `undefined` for other objects and for our own EIDs */
export function shown(path: string, interfaces: Interfaces): Shown | undefined {
  const [, , eid] = ENDPOINT.exec(path) ?? [];
  if (eid === undefined) return undefined;
  for (const name of WHOLE) expect(Object.keys(interfaces)).toContain(name);
  const endpoint = interfaces[Iface.endpoint] ?? {};
  const own = interfaces[Iface.ownEndpoint] ?? {};
  expect(endpoint['EID']?.value).toBe(Number(eid));
  const link = String(own['Link']?.value);
  if (link === '/') return undefined;
  return {
    link: link.slice(link.lastIndexOf('/') + 1),
    address: Buffer.from((own['PhysicalAddress']?.value ?? []) as Buffer).toString('hex'),
    eid: Number(eid),
    types: [...(endpoint['SupportedMessageTypes']?.value as Buffer)],
    vendorTypes: JSON.stringify(endpoint['VendorDefinedMessageTypes']?.value),
    uuid: interfaces[Iface.uuid]?.['UUID']?.value as string | undefined,
  };
}

/**
 * Goes through everything that was ever published: an object comes whole, in one signal, and not while it is there
 * already. @returns the devices in the order they were published
 */
export function everShown(signals: readonly BusSignal[]): Shown[] {
  const there = new Set<string>();
  return signals.flatMap(({ member, body }) => {
    const path = String(body[0]);
    if (member === 'InterfacesRemoved' && ENDPOINT.test(path)) there.delete(path);
    if (member !== 'InterfacesAdded' || !ENDPOINT.test(path)) return [];
    const interfaces = body[1] as Interfaces;
    // Bridge1 joins an object that is there.
    if (Object.keys(interfaces).join() === Iface.bridge) return [];
    expect(there).not.toContain(path);
    there.add(path);
    return shown(path, interfaces) ?? [];
  });
}

/** Nothing of it is wrong: what is missing was not known yet. */
export function expectNoLie({ types, vendorTypes, uuid }: Shown, truth: Truth): void {
  expect(types).toEqual(truth.types);
  expect([truth.vendorTypes, '[]']).toContain(vendorTypes);
  expect([truth.uuid, undefined]).toContain(uuid);
}
