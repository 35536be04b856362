import { Iface, ROOT_PATH, endpointPath } from '../../src/base/bus-names';
import type { Variant } from '../../src/bus/variant';
import { BusClient } from '../support/bus-client';
import type { Objects } from '../support/bus-client';
import { DaemonProcess } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const NVME_MI = 4;

class ScanAborted extends Error {}

/**
 * Reads GetManagedObjects as released libnvme does: every object with the endpoint interface is looked at, a property
 * of another type ends the whole scan, and so does a reply without any object or an object without any interface.
 */
function scan(objects: Objects): { readonly network: number; readonly eid: number }[] {
  if (Object.keys(objects).length === 0) throw new ScanAborted('empty reply');
  return Object.entries(objects).flatMap(([path, interfaces]) => {
    if (Object.keys(interfaces).length === 0) throw new ScanAborted(`${path} has no interface`);
    const endpoint = interfaces[Iface.endpoint];
    if (endpoint === undefined) return [];
    const eid = Number(read(endpoint['EID'], 'y', path));
    const network = Number(read(endpoint['NetworkId'], 'i', path));
    const types = read(endpoint['SupportedMessageTypes'], 'ay', path) as Buffer;
    return types.includes(NVME_MI) ? [{ network, eid }] : [];
  });
}

function read(property: Variant | undefined, signature: string, path: string): unknown {
  if (property?.signature !== signature) throw new ScanAborted(`${path}: ${String(property?.signature)}`);
  return property.value;
}

const DEVICES = [
  { address: 0x20, types: [0, 4] },
  { address: 0x21, types: [0, 1] },
  { address: 0x22, types: [4, 0] },
  { address: 0x23, silent: true },
  { address: 0x24, types: [], silent_to: ['get-endpoint-uuid'] },
];

async function setUpAll(manager: VirtualManager): Promise<void> {
  await Promise.all(DEVICES.map(({ address }) => manager.setUp(address)));
}

test('R-CONS-12 R-CONS-14 a scan finds the NVMe-MI endpoints among all others', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await setUpAll(manager);
  const found = scan(await manager.client.objects());
  expect(found).toHaveLength(2);
  for (const { network, eid } of found) {
    expect(network).toBe(1);
    const types = (await manager.published(eid, Iface.endpoint, 'SupportedMessageTypes')) as Buffer;
    expect([...types]).toContain(NVME_MI);
  }
});

test('R-CONS-12 R-CONS-19 everywhere else NetworkId is the u that pldmd insists on', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await setUpAll(manager);
  const [eid] = scan(await manager.client.objects()).map((each) => each.eid);
  const path = endpointPath(1, eid ?? 0);
  const signatures: unknown[] = [];
  const properties = 'org.freedesktop.DBus.Properties';
  const [got] = await manager.client.call(path, properties, 'Get', 'ss', Iface.endpoint, 'NetworkId');
  signatures.push((got as Variant).signature);
  for (const iface of [Iface.endpoint, '']) {
    const [all] = await manager.client.call(path, properties, 'GetAll', 's', iface);
    signatures.push((all as Record<string, Variant>)['NetworkId']?.signature);
  }
  const added = manager.client.signals.find(({ body }) => body[0] === path);
  const announced = added?.body[1] as Record<string, Record<string, Variant>>;
  signatures.push(announced[Iface.endpoint]?.['NetworkId']?.signature);
  expect(signatures).toEqual(['u', 'u', 'u', 'u']);
});

test('R-CONS-12 R-DBUS-43 with uint32 the scan of released libnvme fails, as it does with mctpd', async () => {
  const head = '[dbus]\nmanaged-objects-network-id = "uint32"\n';
  await using manager = await VirtualManager.start(bus, DEVICES, { head });
  const objects = await manager.client.objects();
  expect(() => scan(objects)).toThrow(ScanAborted);
});

test('R-CONS-15 the largest network id is still a positive int', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x20 }], {
    link: { network: 0x7fffffff },
  });
  const objects = await manager.client.objects();
  expect(objects[endpointPath(0x7fffffff, 8)]?.[Iface.endpoint]?.['NetworkId']?.value).toBe(0x7fffffff);
});

test('R-CONS-13 without any link the reply still has an object, and the scan finds nothing', async () => {
  await using daemon = await DaemonProcess.start(bus, 'state = false\n');
  await using client = await BusClient.connect(bus);
  const objects = await client.objects();
  expect(scan(objects)).toEqual([]);
  expect(Object.keys(objects)).not.toContain(ROOT_PATH);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('R-CONS-16 SetMTU at the path a client constructs, the header included', async () => {
  await using manager = await VirtualManager.start(bus, DEVICES);
  await setUpAll(manager);
  const [found] = scan(await manager.client.objects());
  expect(await manager.endpoint(found?.eid ?? 0, 'SetMTU', 'u', 250 + 4)).toBe('');
});
