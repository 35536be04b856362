import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Iface, ROOT_PATH, endpointPath, linkPath } from '../../../src/base/bus-names';
import { connectClient } from '../../../src/client/connect-client';
import { Stack } from '../../../src/client/stack';
import { BusClient } from '../../support/bus-client';
import { CleanUp } from '../../support/clean-up';
import { DaemonProcess, linkTable } from '../../support/daemon';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { PrivateBus } from '../../support/private-bus';
import { Simulated } from '../../support/simulated';
import { eventually } from '../../support/within';
import { kernelRequest } from './kernel-responder';
import { OWN_EID, Plugged } from './plugged';
import { Rtnl } from './rtnl';

/** Which links a daemon has: the kernel's with a configuration of mctpd, those and its own with one of ours. */

const UPSTREAM = readFileSync(join(__dirname, '..', '..', '..', 'config', 'mctpd.conf'), 'utf8');
const ECHO_TYPE = 0x7e;
const DEVICE_EID = 9;

let rtnl: Rtnl;
let bus: PrivateBus;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  rtnl = shared.use(new Rtnl());
  bus = shared.use(await PrivateBus.start());
});

const uuid = (digit: number): string => `595a522d-77c5-4628-8400-37bfb41b710${digit}`;
const profile = (digit: number): object => ({ uuid: uuid(digit), types: [0, ECHO_TYPE], echo: [ECHO_TYPE] });

/** The published paths below the root. */
async function paths(client: BusClient): Promise<string[]> {
  const found = Object.keys(await client.objects()).filter((path) => /\/(interfaces|endpoints)\//.test(path));
  return found.sort();
}

function published(client: BusClient, path: string): Promise<true> {
  return eventually(path, async () => (await paths(client)).includes(path));
}

function setUp(client: BusClient, link: Plugged): Promise<string> {
  return client.describe(linkPath(link.kernel.name), Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.alloc(0));
}

test('D-1, D-9: the configuration of mctpd as it is: nothing is probed, and set up is what is asked for', async () => {
  await using daemon = await DaemonProcess.start(bus, UPSTREAM);
  await using client = await BusClient.connect(bus);
  await using link = await Plugged.in(rtnl, profile(1));
  await published(client, endpointPath(1, OWN_EID));
  await client.call(ROOT_PATH, Iface.ownManager, 'Rescan');
  const path = endpointPath(1, DEVICE_EID);
  expect(await setUp(client, link)).toBe(`${DEVICE_EID} 1 ${path} true`);
  // Get and set its EID, then its types, its vendor's types and its UUID: had it been probed, there would be more.
  expect(link.heard).toEqual([0x02, 0x01, 0x05, 0x06, 0x03]);
  expect(await client.get(path, Iface.uuid, 'UUID')).toBe(uuid(1));
  // A program that knows the kernel's sockets alone.
  const echo = await kernelRequest({ eid: DEVICE_EID, type: ECHO_TYPE }, Uint8Array.of(1, 2, 3));
  expect([...echo]).toEqual([1, 2, 3]);
  // The kernel's links are down at first, and nobody has brought `lo` up.
  const complaints = daemon.program.stderr
    .split('\n')
    .filter((line) => /^<[0-4]>(?!link is down )/.test(line));
  expect(complaints).toEqual([]);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

test('D-10: a link of the kernel and one of ours in one daemon, each in its network', async () => {
  await using kernelLink = await Plugged.in(rtnl, profile(1));
  await using simulated = await Simulated.start([{ name: 'serial0', kind: 'pty', device: [profile(2)] }]);
  const table = linkTable('serial0', {
    binding: 'serial',
    path: simulated.bus('serial0').reach,
    eid: OWN_EID,
  });
  await using daemon = await DaemonProcess.start(bus, `backend = "auto"\nstate = false\n${table}`);
  await using client = await BusClient.connect(bus);
  // Ours is probed by default; the kernel's is not.
  await published(client, endpointPath(2, DEVICE_EID));
  expect(await setUp(client, kernelLink)).toBe(`${DEVICE_EID} 1 ${endpointPath(1, DEVICE_EID)} true`);
  expect(await paths(client)).toEqual(
    [
      ...['lo', kernelLink.kernel.name, 'serial0'].map(linkPath),
      ...[1, 2].flatMap((network) => [OWN_EID, DEVICE_EID].map((eid) => endpointPath(network, eid))),
    ].sort(),
  );
  for (const network of [1, 2]) {
    expect(await client.get(endpointPath(network, DEVICE_EID), Iface.uuid, 'UUID')).toBe(uuid(network));
    expect(await echoOf(client, network)).toEqual([network, 2, 3]);
  }
  const gone = endpointPath(1, DEVICE_EID);
  await kernelLink[Symbol.asyncDispose]();
  await eventually(`${gone} to go`, async () => !(await paths(client)).includes(gone));
  expect(await paths(client)).toContain(endpointPath(2, DEVICE_EID));
  expect(await echoOf(client, 2)).toEqual([2, 2, 3]);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });
});

/** What the device sends back to a client of the daemon. */
async function echoOf(client: BusClient, network: number): Promise<number[]> {
  const socket = String(await client.get(ROOT_PATH, Iface.ownManager, 'ClientSocket'));
  const program = await connectClient({ socket, network });
  try {
    await using stack = new Stack(program);
    await using channel = await stack.req(DEVICE_EID, 10_000);
    await channel.send(ECHO_TYPE, Uint8Array.of(network, 2, 3));
    return [...(await channel.recv()).payload];
  } finally {
    await program.close();
  }
}
