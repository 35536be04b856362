import { Iface, ROOT_PATH, endpointPath, linkPath } from '../../src/base/bus-names';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';
import { within } from '../support/within';

/** Clients that call without measure. */

expectNothingLeft();

const LINK = linkPath('bus0');
/** The bus lets each of them wait for 128 replies. */
const CLIENTS = 20;

test('D-7 R-CONS-8 thousands of calls at once, for live, dead and impossible devices, are all answered, and it goes on', async () => {
  await using bus = await PrivateBus.start();
  const device = [
    { address: 0x20, count: 4 },
    { address: 0x30, count: CLIENTS, silent: true },
  ];
  await using devices = await Simulated.start([{ name: 'bus0', kind: 'sim', device }]);
  const socket = devices.bus('bus0').reach;
  const table = linkTable('bus0', { binding: 'sim', socket, discover: 'off', timeout_ms: 1500, attempts: 1 });
  await using daemon = await DaemonProcess.start(bus, `state = false\n${table}`);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => BusClient.connect(bus)));

  const setUp = (client: BusClient, address: number): Promise<string> =>
    client.describe(LINK, Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.from([address]));
  const times = <T>(count: number, call: (client: BusClient, index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(
      clients.flatMap((client) => Array.from({ length: count }, (_, index) => call(client, index))),
    );
  const all = Promise.all([
    times(50, (client, index) => setUp(client, 0x20 + (index % 4))),
    Promise.all(clients.map((client, index) => setUp(client, 0x30 + index))),
    times(50, (client) => client.refusal(LINK, Iface.busOwner, 'SetupEndpoint', 's', 'x')),
    times(10, (client) => client.objects()),
  ]);
  const [live, dead, wrong, reads] = await within('all answers', all, 20_000);
  expect(new Set(live.map((answer) => answer.replace(/ (true|false)$/, ''))).size).toBe(4);
  expect(live.filter((answer) => answer.endsWith(' true'))).toHaveLength(4);
  for (const answer of dead) expect(answer).toMatch(/did not respond$/);
  for (const answer of wrong) expect(answer).toMatch(/InvalidArgs/);
  expect(reads).toHaveLength(10 * CLIENTS);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await using client = await BusClient.connect(bus);
  expect(await client.eids()).toHaveLength(5);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('R-DBUS-12 clients that come, register and vanish without a word leave nothing behind', async () => {
  await using bus = await PrivateBus.start();
  await using daemon = await DaemonProcess.start(
    bus,
    `state = false\n${linkTable('bus0', { binding: 'loopback' })}`,
  );
  for (let round = 0; round < 20; round++) {
    await using client = await BusClient.connect(bus);
    const register = (type: number) =>
      client.describe(ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', type, [0x00fff1f1]);
    expect(await register(1 + round)).toBe('');
    const calls = [
      client.refusal(endpointPath(1, 8), Iface.endpoint1, 'Remove'),
      client.objects().catch(() => 'gone'),
    ];
    await using another = await BusClient.connect(bus);
    await another.objects();
    void Promise.all(calls);
  }
  await using client = await BusClient.connect(bus);
  for (let type = 1; type <= 20; type++) {
    const call = [ROOT_PATH, Iface.root, 'RegisterTypeSupport', 'yau', type, [0x00fff1f1]] as const;
    await within(
      `type ${type} to be free`,
      untilEmpty(() => client.describe(...call)),
    );
  }
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

async function untilEmpty(ask: () => Promise<string>): Promise<void> {
  while ((await ask()) !== '') await Promise.resolve();
}
