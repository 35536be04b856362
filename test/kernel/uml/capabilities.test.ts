import { Iface, SERVICE_NAME, endpointPath, linkPath } from '../../../src/base/bus-names';
import { CleanUp } from '../../support/clean-up';
import { linkTable } from '../../support/daemon';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { PrivateBus } from '../../support/private-bus';
import { Program } from '../../support/program';
import { Simulated } from '../../support/simulated';
import { TempFolder } from '../../support/temp-folder';
import { KernelDevice } from './kernel-device';
import { Rtnl } from './rtnl';

/** The daemon without the capabilities it needs on links of the kernel, beside a link of its own. */

const LACKS = '1: Call failed: The daemon lacks ';
const EVERYTHING = ['net_raw', 'net_admin', 'net_bind_service'];

let bus: PrivateBus;
let rtnl: Rtnl;
let kernel: KernelDevice;
let configuration: string;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  bus = shared.use(await PrivateBus.start());
  rtnl = shared.use(new Rtnl());
  const buses = ['theirs', 'own'].map((name) => ({ name, kind: 'pty', device: [{}] }));
  const devices = shared.use(await Simulated.start(buses));
  kernel = shared.use(KernelDevice.attach(devices.bus('theirs').reach));
  await rtnl.up(kernel.index);
  await rtnl.addEid(kernel.index, 8);
  const own = { binding: 'serial', path: devices.bus('own').reach, discover: 'off' };
  configuration = shared.use(new TempFolder()).write('mctpd.toml', `state = false\n${linkTable('own', own)}`);
});

/** A daemon that has these of {@link EVERYTHING}, root or not. */
async function daemonWith(...capabilities: string[]): Promise<Program> {
  const bounds = ['-all', ...capabilities.map((each) => `+${each}`)].join(',');
  const program = Program.start('mctp-endpointd', ['-c', configuration], {
    env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address },
    through: ['setpriv', '--inh-caps=-all', `--bounding-set=${bounds}`],
  });
  try {
    await program.says('ready name=');
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
  return program;
}

async function setUp(link: string): Promise<string> {
  const call = ['call', SERVICE_NAME, linkPath(link), Iface.busOwner, 'SetupEndpoint', 'ay', '0'];
  const { status, stdout, stderr } = await bus.busctl(...call);
  return status === 0 ? stdout.trim() : `${status}: ${stderr.trim()}`;
}

const isOwnServed = async (): Promise<void> =>
  expect(await setUp('own')).toBe(`yisb 9 2 "${endpointPath(2, 9)}" true`);

/** How often the log names it. */
function named(program: Program, capability: string): number {
  return program.stderr.split(capability).length - 1;
}

test('none: the first that is met is named, requests to us are not heard, and our own link is served', async () => {
  await using daemon = await daemonWith();
  expect(await setUp(kernel.name)).toBe(`${LACKS}CAP_NET_RAW`);
  expect(named(daemon, 'CAP_NET_BIND_SERVICE')).toBe(1);
  await isOwnServed();
  expect(await daemon.stop()).toMatchObject({ status: 0 });
});

test.each([
  ['CAP_NET_RAW', 'net_raw', 0],
  // Also in the log: where there are routes already, the device is set up all the same (R-DISC-30).
  ['CAP_NET_ADMIN', 'net_admin', 1],
])('all but %s: it is what the caller is told', async (capability, missing, lines) => {
  await using daemon = await daemonWith(...EVERYTHING.filter((each) => each !== missing));
  expect(await setUp(kernel.name)).toBe(`${LACKS}${capability}`);
  expect(await setUp(kernel.name)).toBe(`${LACKS}${capability}`);
  expect(named(daemon, 'CAP_')).toBe(lines);
  expect(await rtnl.routes()).toEqual([]);
  await isOwnServed();
});

test('all but CAP_NET_BIND_SERVICE: devices are set up, and the log says why nothing is heard', async () => {
  await using daemon = await daemonWith('net_raw', 'net_admin');
  expect(await setUp(kernel.name)).toMatch(/^yisb \d+ 1 ".*" true$/);
  expect(named(daemon, 'CAP_NET_BIND_SERVICE')).toBe(1);
  expect(await daemon.stop()).toMatchObject({ status: 0 });
});
