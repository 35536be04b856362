import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Iface, SERVICE_NAME, linkPath } from '../../../src/base/bus-names';
import { CleanUp } from '../../support/clean-up';
import { DaemonProcess } from '../../support/daemon';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { PrivateBus } from '../../support/private-bus';
import { Simulated } from '../../support/simulated';
import { eventually } from '../../support/within';
import { KernelDevice } from './kernel-device';
import { Rtnl } from './rtnl';

/** Debian's own programs, unchanged, on endpoints that our daemon publishes and the kernel carries messages to. */

const PROGRAM_MS = 20_000;

let rtnl: Rtnl;
let bus: PrivateBus;
let devices: Simulated;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  rtnl = shared.use(new Rtnl());
  bus = shared.use(await PrivateBus.start());
  const drive = {
    model: 'Kernel Test Drive',
    serial: 'KTD0001',
    firmware: '1.2.3',
    vendor: 0x1b36,
    controllers: 1,
  };
  const buses = [
    { name: 'drive', kind: 'pty', device: [{ types: [0, 4], nvme: drive }] },
    { name: 'other', kind: 'pty', device: [{ types: [0, 1] }] },
  ];
  devices = shared.use(await Simulated.start(buses));
  const configuration =
    'state = false\n[bus-owner]\ndynamic_eid_range = [9, 30]\n[dbus]\nlegacy-names = true\n';
  shared.use(await DaemonProcess.start(bus, configuration));
  await plugIn('drive', 8);
  await plugIn('other', 108);
});

/** Gives EID 9 to the first, 10 to the second. */
async function plugIn(name: string, ownEid: number): Promise<void> {
  const link = shared.use(KernelDevice.attach(devices.bus(name).reach));
  await rtnl.up(link.index);
  await rtnl.addEid(link.index, ownEid);
  const call = ['call', SERVICE_NAME, linkPath(link.name), Iface.busOwner, 'SetupEndpoint', 'ay', '0'];
  await eventually(`SetupEndpoint on ${link.name}`, async () => {
    const { status, stdout } = await bus.busctl(...call);
    return status === 0 && / true$/.test(stdout.trim());
  });
}

function run(
  program: string,
  ...args: string[]
): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus.address };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: PROGRAM_MS }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

test('R-CONS-46, R-CONS-12: nvme_mi_scan_mctp() of libnvme finds the drive and its controllers', async () => {
  const { status, stdout, stderr } = await run('/usr/bin/python3', join(__dirname, 'libnvme-scan.py'));
  expect([status, stderr]).toEqual([0, '']);
  const found = stdout.trim().split('\n');
  expect(found.map((line) => JSON.parse(line) as unknown)).toEqual([
    { endpoint: 'mctp: net 1 eid 9', scan: 0, controller: true },
  ]);
});

test('nvme id-ctrl reads the identity of the drive at mctp:1,9', async () => {
  const { status, stdout, stderr } = await run('nvme', 'id-ctrl', 'mctp:1,9', '--output-format=json');
  expect([status, stderr]).toEqual([0, '']);
  const { mn, sn, fr, vid } = JSON.parse(stdout) as Record<string, string | number>;
  expect([mn, sn, fr].map((each) => String(each).trim())).toEqual(['Kernel Test Drive', 'KTD0001', '1.2.3']);
  expect(vid).toBe(0x1b36);
});

test('nvme smart-log reads its health', async () => {
  const { status, stdout, stderr } = await run('nvme', 'smart-log', 'mctp:1,9', '--output-format=json');
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ critical_warning: 0 });
});
