import { systemClock } from '../../src/base/clock';
import { connectBus } from '../../src/bus/connection';
import { run } from '../../src/cli/verbs/program';
import { subsystemHealthStatusPoll } from '../../src/nvme-mi/commands/subsystem-health-status-poll';
import { nvmeMiScan } from '../../src/scan/nvme-mi-scan';
import { pldmScan } from '../../src/scan/pldm-scan';
import { CliHarness, type CliRun } from '../cli/harness';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';
import { within } from '../support/within';

const DRIVE = {
  address: 0x20,
  types: [0, 4],
  nvme: {
    model: 'Example NVMe SSD 1TB',
    serial: 'EX0700',
    firmware: '2.1',
    temperature_celsius: 41,
    percentage_used: 3,
  },
};

let bus: PrivateBus;
let manager: VirtualManager;
expectNothingLeft(async () => {
  await manager[Symbol.asyncDispose]();
  await bus.stop();
});
beforeAll(async () => {
  bus = await PrivateBus.start();
  manager = await VirtualManager.start(bus, [DRIVE, { address: 0x21, types: [0, 1] }]);
  await manager.setUp(0x20);
  await manager.setUp(0x21);
});

/** The program on the real bus, while the time of the devices passes. */
async function mctpctl(...argv: string[]): Promise<CliRun> {
  const cli = new CliHarness();
  const io = { ...cli.io(), clock: systemClock, connect: () => connectBus(bus.socketAddress) };
  const code = await within('the verb', manager.daemon.settle(run(argv, io)));
  return { code, out: cli.out, err: cli.err };
}

test('nvmeMiScan finds the drives and nothing else, and opens them over one connection', async () => {
  await using root = await nvmeMiScan({ bus: bus.address });
  const seen: number[] = [];
  await root.forEachEndpoint(async (drive) => {
    const endpoint = await drive.open();
    expect(await drive.open()).toBe(endpoint);
    const health = await manager.daemon.settle(endpoint.request(subsystemHealthStatusPoll, {}));
    expect([health.temperature.celsius, health.percentageUsed]).toEqual([41, 3]);
    seen.push(drive.eid);
  });
  expect(seen).toEqual([9]);
  expect((await pldmScan({ bus: bus.address })).map(({ eid }) => eid)).toEqual([10]);
  await root.close();
  await expect(root.endpoints[0]?.open()).rejects.toMatchObject({ code: 'closed' });
});

test('nvme list has every drive with label, temperature and state', async () => {
  const { code, out, err } = await mctpctl('nvme', 'list');
  expect([code, err]).toEqual([0, '']);
  expect(out.split('\n')).toEqual([
    'NETWORK  EID  MODEL                 SERIAL  FIRMWARE  TEMP  USED  STATE',
    '      1    9  Example NVMe SSD 1TB  EX0700  2.1       41 C   3 %  good',
    '',
  ]);
  const [drive] = JSON.parse((await mctpctl('nvme', 'list', '--json')).out) as unknown[];
  expect(drive).toMatchObject({
    network: 1,
    eid: 9,
    identity: { model: 'Example NVMe SSD 1TB', serialNumber: 'EX0700' },
    health: { driveFunctional: true, temperature: { celsius: 41, note: 'exact' }, percentageUsed: 3 },
    error: null,
  });
});

test('nvme health, info, identify and log of one drive', async () => {
  const health = await mctpctl('nvme', 'health', '1:9');
  expect(health.out).toMatch(/^drive 1:9\n {2}state +good\n {2}temperature +41 C\n {2}used +3 %\n/);
  expect(JSON.parse((await mctpctl('nvme', 'health', '9', '--json')).out)).toMatchObject({
    health: { percentageUsed: 3 },
    problems: [],
  });
  expect((await mctpctl('nvme', 'info', '9')).out).toMatch(/^drive 1:9\n {2}NVMe-MI +\d\.\d\n {2}port 0 /);
  expect((await mctpctl('nvme', 'identify', '9')).out).toMatch(/ {2}serial +EX0700\n/);
  const log = await mctpctl('nvme', 'log', '9', '2', '--length', '32');
  // Critical warning 0, then 314 K, as the SMART log has them.
  expect(log.out).toMatch(/^0000 {2}00 3a 01 [0-9a-f ]+\n0010 {2}[0-9a-f ]+\n$/);
  const { data } = JSON.parse((await mctpctl('nvme', 'log', '9', '--json')).out) as { data: string };
  expect(data).toHaveLength(1024);
});

test('what is no drive, and a wrong command line', async () => {
  const other = await mctpctl('nvme', 'health', '1:10');
  expect(other.code).toBe(1);
  expect(other.err).toBe('mctpctl: 1:10 does not support NVMe-MI\ntry: mctpctl nvme list\n');
  expect((await mctpctl('nvme', 'log', '9', '--length', '6')).err).toContain('multiple of 4');
  expect((await mctpctl('nvme', 'log', '9', '300')).err).toContain('from 0 to 255');
  const absent = await mctpctl('nvme', 'identify', '9', '--controller', '77');
  expect(absent.code).toBe(1);
  expect(absent.err).toMatch(/^mctpctl: [^\n]*\(network 1, eid 9[^\n]*\)\ntry: mctpctl nvme info NET:EID /);
  expect(absent.err.match(/network 1/g)).toHaveLength(1);
});
