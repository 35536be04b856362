import { Iface, ROOT_PATH } from '../../src/base/bus-names';
import { Variant } from '../../src/bus/variant';
import { BusClient } from '../support/bus-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import type { RawDevice } from '../support/raw-device';
import { VirtualManager } from '../support/virtual-manager';
import { eventually } from '../support/within';

/** Devices ask us: recorded requests go in as packets, the answers come back to the address they came from. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

/** EID 9 asks EID 8 with tag 1. */
const HEAD = '01 08 09 c9';
const ANSWER_HEAD = '010908c1';

/** The message of the one answer, without the message type; none: nothing came. */
async function ask(device: RawDevice, request: string): Promise<string | undefined> {
  const [packet, ...others] = await device.say(`${HEAD} 00 ${request}`);
  expect(others).toEqual([]);
  if (packet === undefined) return undefined;
  expect(packet.slice(0, 10)).toBe(`${ANSWER_HEAD}00`);
  return packet.slice(10);
}

const plain = (spaced: string): string => spaced.replaceAll(' ', '');

const RECORDED: readonly (readonly [request: string, answer: string | undefined])[] = [
  ['83 02', '03 02 00 08 12 00'],
  ['83 04 ff', '03 04 00 04 f1f0ff00 f1f1ff00 f1f2ff00 f1f3f100'],
  ['83 04 05', '03 04 80'],
  ['83 05', '03 05 00 01 00'],
  ['83 06 00', '03 06 02'],
  ['83 01 00 32', '03 01 05'],
  ['83 07 08', '03 07 00 08'],
  ['83 07 4d', '03 07 01 00'],
  ['83 08 00 03 0a', '03 08 05'],
  ['83 0b', undefined],
  ['83 0c', undefined],
  ['83 04', '03 04 03'],
  ['83 02 00', '03 02 03'],
  [`83 05 ${'83 05 '.repeat(80)}`, '03 05 03'],
  ['83 10', '03 10 05'],
  ['83 f0 00', '03 f0 05'],
];

test('R-DISC-130 R-DISC-131 R-DISC-132 requests get the recorded answers, with their tag, at the address they came from', async () => {
  await using manager = await VirtualManager.start(bus, []);
  await using device = await manager.daemon.attach('bus0', 0x20);
  for (const [request, answer] of RECORDED) {
    const expected = answer === undefined ? undefined : plain(answer);
    expect({ request, answer: await ask(device, request) }).toEqual({ request, answer: expected });
  }
});

test('D-12 R-DISC-131 what is no request gets no answer, is counted, and harms nothing', async () => {
  await using manager = await VirtualManager.start(bus, []);
  await using device = await manager.daemon.attach('bus0', 0x20);
  const junk = [
    '',
    '01',
    '01 08 09',
    HEAD,
    `${HEAD} 00`,
    `${HEAD} 00 83`,
    `${HEAD} 00 03 02`,
    `${HEAD} 7d 83 02`,
    `02 08 09 c9 00 83 02`,
    `01 63 09 c9 00 83 02`,
    `01 08 ff c9 00 83 02`,
    `01 08 09 49 00 83 02`,
    `01 08 09 19 00 83 02`,
    `01 08 09 c1 00 03 02 00 09 00 00`,
  ];
  for (const packet of junk)
    expect({ packet, answers: await device.say(packet) }).toEqual({ packet, answers: [] });
  expect(await ask(device, '83 02')).toBe('030200081200');
  const [counters] = await manager.client.call(`${ROOT_PATH}/interfaces/bus0`, Iface.ownLink, 'GetCounters');
  const counted = counters as Readonly<Record<string, bigint>>;
  for (const reason of [
    'PacketTooShort',
    'BadHeaderVersion',
    'NotForUs',
    'BadSourceEid',
    'UnexpectedResponse',
  ]) {
    expect({ reason, counted: (counted[reason] ?? 0n) > 0n }).toEqual({ reason, counted: true });
  }
  expect(manager.daemon.log.filter(([level]) => level === 'error' || level === 'warn')).toEqual([]);
});

test('R-DBUS-10 R-DBUS-11 R-DBUS-12 R-DISC-132 R-DISC-133 registered types are told to devices until their client leaves', async () => {
  await using manager = await VirtualManager.start(bus, []);
  await using device = await manager.daemon.attach('bus0', 0x20);
  const { client: a } = manager;
  const b = await BusClient.connect(bus);
  const type = (client: BusClient, ...args: readonly [number, number[]]) =>
    client.describe(ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', ...args);
  const vendor = (client: BusClient, format: number, id: Variant, subtype: number) =>
    client.describe(ROOT_PATH, Iface.root, 'RegisterVDMTypeSupport', 'yvq', format, id, subtype);
  expect(await vendor(b, 0, new Variant('q', 0x8086), 1)).toBe('');
  expect(await type(a, 1, [0x00fff1f1, 0x00f0f0f2])).toBe('');
  expect(await vendor(a, 1, new Variant('u', 40981), 2)).toBe('');
  expect(await type(b, 5, [0x00fff1f1])).toBe('');
  expect(await type(b, 6, [0x00fff1f1])).toBe('');

  expect(await ask(device, '83 05')).toBe(plain('03 05 00 06 00 01 05 06 7e 7f'));
  expect(await ask(device, '83 04 01')).toBe(plain('03 04 00 02 f1f1ff00 f2f0f000'));
  expect(await ask(device, '83 06 00')).toBe(plain('03 06 00 01 00 8086 0001'));
  expect(await ask(device, '83 06 01')).toBe(plain('03 06 00 ff 01 0000a015 0002'));
  expect(await ask(device, '83 06 02')).toBe(plain('03 06 02'));
  const invalid = 'org.freedesktop.DBus.Error.InvalidArgs: ';
  expect(await type(a, 5, [1])).toBe(`${invalid}Message type 5 already registered`);
  expect(await vendor(a, 0, new Variant('q', 0x8086), 1)).toBe(`${invalid}VDM type already registered`);
  expect(await manager.published(8, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.from([0]));

  await b[Symbol.asyncDispose]();
  await eventually(
    'the end of its registrations',
    async () => (await ask(device, '83 05')) === '03050003' + '00017f',
  );
  expect(await ask(device, '83 06 00')).toBe(plain('03 06 00 ff 01 0000a015 0002'));
  expect(await type(a, 5, [1])).toBe('');
});

test('R-DISC-149 a Discovery Notify is acknowledged, and its sender set up in the background', async () => {
  await using manager = await VirtualManager.start(bus, []);
  await using device = await manager.daemon.attach('bus0', 0x20);
  const [acknowledged, question, ...others] = await device.say('01 08 00 c9 00 83 0d');
  expect(acknowledged).toBe('010008c100030d00');
  expect(question).toMatch(/^010008c[89a-f]008[0-9a-f]02$/);
  expect(others).toEqual([]);
});
