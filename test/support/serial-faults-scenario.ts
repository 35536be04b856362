import { seededRandom } from '../../src/base/random';
import { nullLog } from '../../src/base/log';
import { SerialBinding } from '../../src/bindings/serial/binding';
import { FaultInjector } from '../../src/bindings/wrap/faults';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import { BusClient } from './bus-client';
import { linkTable, VirtualDaemon } from './daemon';
import type { PrivateBus } from './private-bus';
import { SerialCable } from './serial-cable';
import { TestClock } from './test-clock';
import { everShown, expectNoLie, shown } from './truth';

const MINUTE = 60_000;
const LINES = Array.from({ length: 6 }, (_, at) => `serial${at}`);
/** Each way, on top of what the damage costs. */
const FAULTS = { loss: 0.3, duplicate: 0.2 };
/** For each byte: about one frame in twelve. */
const DAMAGE = 0.004;
const TYPES = [0, 1, 126];
const VENDOR = { format: 'pci', vendor: 0x8086, subtype: 1 } as const;

const uuidBytes = (at: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, byte) => (byte === 15 ? at : 0x55));

function truthOf(at: number): Parameters<typeof expectNoLie>[1] {
  const hex = Buffer.from(uuidBytes(at)).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { types: TYPES, vendorTypes: '[[0,{"signature":"q","value":32902},1]]', uuid };
}

/**
 * Serial lines that lose, repeat and damage. Their frames carry a checksum, so nothing wrong may ever be believed; media
 * without one, as the loopback, can lie, and are not damaged here.
 */
export async function livesWithBadLines(bus: PrivateBus, seed: number): Promise<void> {
  const clock = new TestClock();
  const cables = new Map(
    LINES.map((name, at) => [`/dev/${name}`, new SerialCable(DAMAGE, seededRandom(seed * 100 + at))]),
  );
  const cableOf = (path: string): SerialCable => {
    const cable = cables.get(path);
    if (cable === undefined) throw new Error(`no cable at ${path}`);
    return cable;
  };
  const devices = LINES.map((name, at) => {
    const options = { name, path: `/dev/${name}`, baud: 115_200, peerRecovery: false };
    const binding = new SerialBinding(options, { clock, log: nullLog, ports: cableOf(options.path).end(1) });
    const bad = new FaultInjector(
      binding,
      { seed: seed * 100 + 2 * at, send: FAULTS, receive: FAULTS },
      clock,
    );
    const profile = {
      ...PLAIN_DEVICE,
      types: TYPES,
      vendorSets: [VENDOR],
      uuid: uuidBytes(at),
      latencyMs: 2,
    };
    return new SimDevice(bad, profile, clock);
  });
  for (const device of devices) await device.open();
  const links = LINES.map((name) =>
    linkTable(name, { binding: 'serial', path: `/dev/${name}`, discover: 'probe' }),
  );
  {
    await using daemon = await VirtualDaemon.start(bus, {
      ...{ configuration: `state = false\n${links.join('')}`, buses: [] },
      serial: { clock, ports: { open: (line, events) => cableOf(line.path).end(0).open(line, events) } },
    });
    await using client = await BusClient.connect(bus);
    await client.watch();
    await clock.advance(MINUTE);
    const objects = await client.objects();
    for (const each of everShown(client.signals)) expectNoLie(each, truthOf(LINES.indexOf(each.link)));
    const now = Object.entries(objects).flatMap(([path, interfaces]) => shown(path, interfaces) ?? []);
    expect(now.map(({ link }) => link).sort()).toEqual(LINES);
    for (const each of now) {
      const at = LINES.indexOf(each.link);
      expect(each).toMatchObject({ ...truthOf(at), eid: devices[at]?.eid });
    }
    expectBad([...cables.values()], devices);
    expect(daemon.log.filter(([level]) => level === 'error')).toEqual([]);
    for (const device of devices) await device.close();
  }
}

/**
 * Whether the lines were as bad as they should be. Six set-ups are at least 60 frames of 22 bytes, of which 18 are to be
 * lost, and 5 bytes damaged: fewer than these bounds come by chance once in ten thousand seeds, without faults always.
 */
function expectBad(cables: readonly SerialCable[], devices: readonly SimDevice[]): void {
  const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);
  expect(sum(devices.map(({ drops }) => drops.get('InjectedLoss')))).toBeGreaterThanOrEqual(5);
  expect(sum(cables.map(({ damaged }) => damaged))).toBeGreaterThanOrEqual(1);
}
