import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import { seededRandom } from '../../src/base/random';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import { BusClient } from './bus-client';
import { linkTable, VirtualDaemon } from './daemon';
import { lying } from './liar';
import type { PrivateBus } from './private-bus';
import { everShown, expectNoLie, shown } from './truth';

const MINUTE = 60_000;
const ROUNDS = 20;
const HONEST = [0x20, 0x21, 0x22, 0x23];
const LIARS = [0x30, 0x31, 0x32, 0x33];
const VENDOR = { format: 'pci', vendor: 0x8086, subtype: 1 } as const;
const UUID = '595a522d-77c5-4628-8400-37bfb41b7000';

function truthOf(address: number): Parameters<typeof expectNoLie>[1] {
  const uuid = UUID.replace(/..$/, address.toString(16));
  return { types: [0, 1, 126], vendorTypes: '[[0,{"signature":"q","value":32902},1]]', uuid };
}

/** Devices that lie in half of what they say share a link with honest ones, for a minute. */
export async function livesWithLiars(bus: PrivateBus, seed: number): Promise<void> {
  const honest = HONEST.map((address) => ({
    ...{ address, types: [0, 1, 126], vendor_types: [VENDOR], uuid: truthOf(address).uuid, latency_ms: 2 },
  }));
  const endpoints = [...LIARS, ...HONEST].map((address) => `[[link.endpoint]]\naddress = [${address}]\n`);
  const link = linkTable('bus0', { binding: 'loopback' });
  await using daemon = await VirtualDaemon.start(bus, {
    configuration: `state = false\n${link}${endpoints.join('')}`,
    buses: [{ name: 'bus0', kind: 'loopback', device: honest }],
  });
  await using client = await BusClient.connect(bus);
  await client.watch();
  const random = seededRandom(seed);
  const liars = LIARS.map((address) => lying(daemon.port('bus0', address), 0.5, random));
  const devices = liars.map((liar, at) => {
    const address = Uint8Array.of(LIARS[at] ?? 0);
    const profile = {
      ...PLAIN_DEVICE,
      address,
      types: [0, 126, 127],
      vendorSets: [VENDOR, VENDOR],
      latencyMs: 1,
    };
    return new SimDevice(liar, profile, daemon.clock);
  });
  for (const device of devices) await device.open();
  for (let round = 0; round < ROUNDS; round++) {
    await daemon.clock.advance(MINUTE / ROUNDS);
    // Everybody is asked once more.
    await client.call(ROOT_PATH, Iface.ownManager, 'Rescan');
  }
  await daemon.clock.advance(MINUTE);
  const objects = await client.objects();
  for (const device of devices) await device.close();

  // Each is asked in every round at least, and lies every second time: ten lies are to be expected at the least.
  expect(Math.min(...liars.map(({ lies }) => lies))).toBeGreaterThanOrEqual(ROUNDS / 5);
  for (const each of everShown(client.signals)) {
    const address = parseInt(each.address, 16);
    expect([...LIARS, ...HONEST]).toContain(address);
    if (HONEST.includes(address)) expectNoLie(each, truthOf(address));
  }
  const now = Object.entries(objects).flatMap(([path, interfaces]) => shown(path, interfaces) ?? []);
  for (const address of HONEST) {
    const [found, ...more] = now.filter((each) => parseInt(each.address, 16) === address);
    expect(more).toEqual([]);
    expect(found).toMatchObject(truthOf(address));
    const device = daemon.devices.bus('bus0').devices.find(({ profile }) => profile.address[0] === address);
    expect(found?.eid).toBe(device?.eid);
  }
  expect(daemon.log.filter(([level]) => level === 'error')).toEqual([]);
}
