import { Iface, SERVICE_NAME, endpointPath, linkPath, networkPath } from '../../../src/base/bus-names';
import { CleanUp } from '../../support/clean-up';
import { DaemonProcess } from '../../support/daemon';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { PrivateBus } from '../../support/private-bus';
import { eventually } from '../../support/within';
import { OWN_EID, Plugged } from './plugged';
import { Rtnl } from './rtnl';

/** The daemon as it is installed, on a link of the kernel with a simulated device at the other end, used by busctl. */

const DEVICE_UUID = '595a522d-77c5-4628-8400-37bfb41b710d';
const CONFIGURATION = 'state = false\n[bus-owner]\ndynamic_eid_range = [9, 30]\n';

let rtnl: Rtnl;
let bus: PrivateBus;
let daemon: DaemonProcess;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  rtnl = shared.use(new Rtnl());
  bus = shared.use(await PrivateBus.start());
  daemon = await DaemonProcess.start(bus, CONFIGURATION);
  // The one that runs then: a case starts another.
  shared.defer(() => daemon[Symbol.asyncDispose]());
  shared.defer(async () => expect(await daemon.program.stop()).toMatchObject({ status: 0 }));
});

/** A link that the daemon has seen. */
async function plugIn(device: object): Promise<Plugged> {
  await using cleanUp = new CleanUp();
  const link = cleanUp.use(await Plugged.in(rtnl, device));
  await shown(linkPath(link.kernel.name));
  // From now on the caller's.
  cleanUp.move();
  return link;
}

/** The EID the device is given by SetupEndpoint. */
async function setUp(link: Plugged): Promise<number> {
  const answer = await busOwner(link, 'SetupEndpoint', 'ay', '0');
  const [, eid] = /^yisb (\d+) 1 "\S+" true$/.exec(answer) ?? [];
  if (eid === undefined) throw new Error(answer);
  return Number(eid);
}

/** What busctl prints, or `status: what it complains of`. */
async function busctl(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await bus.busctl(...args);
  return status === 0 ? stdout.trim() : `${status}: ${stderr.trim()}`;
}

function busOwner(link: Plugged, ...call: string[]): Promise<string> {
  return busctl('call', SERVICE_NAME, linkPath(link.kernel.name), Iface.busOwner, ...call);
}

function endpoint(eid: number, ...call: string[]): Promise<string> {
  return busctl('call', SERVICE_NAME, endpointPath(1, eid), Iface.endpoint1, ...call);
}

async function objects(): Promise<string[]> {
  const tree = await busctl('tree', '--list', SERVICE_NAME);
  return tree.split('\n').filter((path) => /\/(interfaces|endpoints)\/\w+$/.test(path));
}

/** The link's object, or the end of it, as the daemon hears of it from the kernel. */
function shown(path: string, isThere = true): Promise<true> {
  return eventually(`${path} ${isThere ? 'to come' : 'to go'}`, async () =>
    (await objects()).includes(path) === isThere ? true : undefined,
  );
}

test('R-DBUS-6, R-DISC-122: links and EIDs of the kernel are objects as soon as they are there', async () => {
  await using link = await plugIn({});
  await shown(endpointPath(1, OWN_EID));
  expect(await objects()).toEqual([linkPath('lo'), linkPath(link.kernel.name), endpointPath(1, OWN_EID)]);
  expect(await busctl('get-property', SERVICE_NAME, networkPath(1), Iface.network, 'LocalEIDs')).toBe(
    'ay 1 8',
  );
});

test('SetupEndpoint, LearnEndpoint, SetMTU, Recover and Remove', async () => {
  await using link = await plugIn({ uuid: DEVICE_UUID, types: [0, 1, 126] });
  const { index } = link.kernel;
  const path = endpointPath(1, 9);
  expect(await busOwner(link, 'SetupEndpoint', 'ay', '0')).toBe(`yisb 9 1 "${path}" true`);
  expect(await busOwner(link, 'SetupEndpoint', 'ay', '0')).toBe(`yisb 9 1 "${path}" false`);
  expect(await rtnl.routes()).toEqual([`9 via ${index} mtu 68`]);
  const properties = async (iface: string, ...names: string[]): Promise<string> =>
    busctl('get-property', SERVICE_NAME, path, iface, ...names);
  expect(await properties(Iface.endpoint, 'EID', 'NetworkId', 'SupportedMessageTypes')).toBe(
    'y 9\nu 1\nay 3 0 1 126',
  );
  expect(await properties(Iface.uuid, 'UUID')).toBe(`s "${DEVICE_UUID}"`);

  expect(await busOwner(link, 'LearnEndpoint', 'ay', '0')).toBe(`yisb 9 1 "${path}" true`);
  expect(await busOwner(link, 'AssignEndpointStatic', 'ayy', '0', '20')).toBe(
    '1: Call failed: Already assigned a different EID',
  );
  expect(await busOwner(link, 'AssignEndpoint', 'ay', '1', '29')).toBe('1: Call failed: Bad physaddr');

  expect(await endpoint(9, 'SetMTU', 'u', '68')).toBe('');
  expect(await rtnl.routes()).toEqual([`9 via ${index} mtu 68`]);
  expect(await endpoint(9, 'SetMTU', 'u', '69')).toMatch(/^1: Call failed: /);

  expect(await endpoint(9, 'Recover')).toBe('');
  // Recover answers before the device does.
  await eventually(
    'an answer of the device',
    async () => (await properties(Iface.endpoint1, 'Connectivity')) === 's "Available"',
  );

  expect(await endpoint(9, 'Remove')).toBe('');
  expect(await objects()).not.toContain(path);
  expect(await rtnl.routes()).toEqual([]);
});

test('AssignEndpointStatic', async () => {
  await using link = await plugIn({});
  const path = endpointPath(1, 20);
  expect(await busOwner(link, 'AssignEndpointStatic', 'ayy', '0', '20')).toBe(`yisb 20 1 "${path}" true`);
  expect(await rtnl.routes()).toEqual([`20 via ${link.kernel.index} mtu 68`]);
  expect(link.device.eid).toBe(20);
});

test('Recover of a device that is silent takes it away, and its route', async () => {
  await using link = await plugIn({});
  const eid = await setUp(link);
  link.silence();
  expect(await endpoint(eid, 'Recover')).toBe('');
  await shown(endpointPath(1, eid), false);
  expect(await rtnl.routes()).toEqual([]);
});

test('a bridge: its pool is routed over the link, and what is behind it is found', async () => {
  const behind = [{ types: [0, 1], uuid: DEVICE_UUID }, { types: [0, 5] }];
  await using link = await plugIn({ downstream: behind });
  const { index } = link.kernel;
  const eid = await setUp(link);
  const first = eid + 1;
  const bridge = ['get-property', SERVICE_NAME, endpointPath(1, eid), Iface.bridge, 'PoolStart', 'PoolEnd'];
  expect(await busctl(...bridge)).toBe(`y ${first}\ny ${first + 1}`);
  // 6.1 has no routes through a gateway: each EID of the pool goes over the bridge's link, newest first.
  const over = (each: number): string => `${each} via ${index} mtu 68`;
  expect(await rtnl.routes()).toEqual([over(first + 1), over(first), over(eid)]);
  const learn = ['call', SERVICE_NAME, networkPath(1), Iface.network, 'LearnEndpoint', 'y', String(first)];
  expect(await busctl(...learn)).toBe(`sb "${endpointPath(1, first)}" true`);
  const uuid = ['get-property', SERVICE_NAME, endpointPath(1, first), Iface.uuid, 'UUID'];
  expect(await busctl(...uuid)).toBe(`s "${DEVICE_UUID}"`);
  expect(await endpoint(eid, 'Remove')).toBe('');
  await shown(endpointPath(1, first), false);
  expect(await rtnl.routes()).toEqual([]);
});

test('R-DISC-169: the daemon is killed and remembers nothing: what the kernel routes is back, and nothing is set', async () => {
  await using link = await plugIn({ uuid: DEVICE_UUID });
  const eid = await setUp(link);
  const stale = 25;
  await rtnl.addRoute(link.kernel.index, stale);
  const routes = await rtnl.routes();
  await daemon.program.stop('SIGKILL');
  await daemon[Symbol.asyncDispose]();
  const earlier = link.heard.length;
  daemon = await DaemonProcess.start(bus, CONFIGURATION);
  await shown(endpointPath(1, eid));
  const uuid = ['get-property', SERVICE_NAME, endpointPath(1, eid), Iface.uuid, 'UUID'];
  expect(await busctl(...uuid)).toBe(`s "${DEVICE_UUID}"`);
  expect(await busOwner(link, 'SetupEndpoint', 'ay', '0')).toBe(
    `yisb ${eid} 1 "${endpointPath(1, eid)}" false`,
  );
  await daemon.program.says(`eid=${stale}`);
  expect(await objects()).not.toContain(endpointPath(1, stale));
  const heard = link.heard.slice(earlier);
  expect(heard).toContain(0x02);
  expect(heard).not.toContain(0x01);
  expect(await rtnl.routes()).toEqual(routes);
});

test('AssignBridgeStatic: EID and pool are the ones asked for', async () => {
  await using link = await plugIn({ downstream: [{ types: [0, 1] }, { types: [0, 5] }] });
  const path = endpointPath(1, 20);
  expect(await busOwner(link, 'AssignBridgeStatic', 'ayyyy', '0', '20', '21', '2')).toBe(
    `yyisb 20 21 1 "${path}" true`,
  );
  const { index } = link.kernel;
  expect(await rtnl.routes()).toEqual([22, 21, 20].map((eid) => `${eid} via ${index} mtu 68`));
  expect(await endpoint(20, 'Remove')).toBe('');
});

test('LearnEndpoint of a device that has an EID already', async () => {
  await using link = await plugIn({ eid: 25, uuid: DEVICE_UUID });
  const path = endpointPath(1, 25);
  expect(await busOwner(link, 'LearnEndpoint', 'ay', '0')).toBe(`yisb 25 1 "${path}" true`);
  expect(await rtnl.routes()).toEqual([`25 via ${link.kernel.index} mtu 68`]);
});

test('R-DISC-126: link down and up', async () => {
  await using link = await plugIn({});
  const up = ['get-property', SERVICE_NAME, linkPath(link.kernel.name), Iface.ownLink, 'Up'];
  const isUp = (state: boolean): Promise<true> =>
    eventually(`Up to be ${state}`, async () => ((await busctl(...up)) === `b ${state}` ? true : undefined));
  const path = endpointPath(1, await setUp(link));
  await rtnl.up(link.kernel.index, false);
  await isUp(false);
  expect(await busOwner(link, 'SetupEndpoint', 'ay', '0')).toMatch(/^1: Call failed: /);
  expect(await objects()).toContain(path);
  await rtnl.up(link.kernel.index);
  await isUp(true);
  expect(await busOwner(link, 'SetupEndpoint', 'ay', '0')).toContain(` 1 "${path}" false`);
});

test('R-DISC-125: the link goes to another network, its endpoints and their routes with it', async () => {
  await using link = await plugIn({ uuid: DEVICE_UUID });
  const eid = await setUp(link);
  await rtnl.network(link.kernel.index, 5);
  await shown(endpointPath(5, eid));
  await shown(endpointPath(1, eid), false);
  expect(await objects()).toContain(endpointPath(5, OWN_EID));
  const uuid = ['get-property', SERVICE_NAME, endpointPath(5, eid), Iface.uuid, 'UUID'];
  expect(await busctl(...uuid)).toBe(`s "${DEVICE_UUID}"`);
  const recover = ['call', SERVICE_NAME, endpointPath(5, eid), Iface.endpoint1, 'Recover'];
  expect(await busctl(...recover)).toBe('');
  expect(await rtnl.routes()).toEqual([`${eid} via ${link.kernel.index} mtu 68`]);
});

test('R-DISC-123: the device is pulled out during a call, and plugged in again', async () => {
  {
    await using link = await plugIn({ silent_to: ['get-vendor-defined', 'get-endpoint-uuid'] });
    const call = busOwner(link, 'SetupEndpoint', 'ay', '0');
    await eventually('its EID', () => link.device.eid !== 0);
    await link[Symbol.asyncDispose]();
    expect(await call).toMatch(/^1: Call failed: /);
    await shown(linkPath(link.kernel.name), false);
    expect((await objects()).filter((path) => path.includes('/endpoints/'))).toEqual([]);
  }
  await using link = await plugIn({});
  await shown(endpointPath(1, await setUp(link)));
});
