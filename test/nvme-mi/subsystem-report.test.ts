import { readSubsystemReport } from '../../src/nvme-mi/subsystem-report';
import { nvmeMi } from '../../src/sim/behaviours/nvme-mi';
import type { NvmeDriveProfile, NvmeFault } from '../../src/sim/nvme-drive';
import { NvmeBench, driveWith } from './bench';

async function report(
  faults: readonly (Partial<NvmeFault> & Pick<NvmeFault, 'kind'>)[],
  profile: Partial<NvmeDriveProfile> = {},
  options: Parameters<typeof readSubsystemReport>[1] = {},
) {
  await using bench = await NvmeBench.start();
  await bench.plug(nvmeMi, driveWith(faults, profile));
  const read = await bench.clock.settle(readSubsystemReport(bench.endpoint(), options));
  const whats = read.problems.map((each) => each.what);
  return { ...read, whats, requests: bench.requests, tookMs: bench.clock.now() };
}

const MI = (opcode: number) => ({ type: 1, opcode });
const ADMIN = (opcode: number) => ({ type: 2, opcode });

test('everything that the drive has to tell, in the order of the scan, with nothing cleared', async () => {
  const read = await report([], { controllers: 2 });
  expect(read).toMatchObject({
    subsystem: { ports: 2, majorVersion: 1, minorVersion: 2 },
    ports: [{ kind: 'pcie' }, { kind: 'smbus', transmissionUnitBytes: 250 }],
    controllers: [
      { id: 0, information: { routingId: { bus: 1 } }, identity: { serialNumber: 'SIM0000001' } },
      { id: 1, health: { source: 'health-status-poll', temperatureCelsius: 30, percentageUsed: 1 } },
    ],
    health: { driveFunctional: true, temperature: { celsius: 30 } },
    problems: [],
  });
  // Kind and opcode, and the dwords of the MI commands.
  expect(read.requests.map((each) => `${each.slice(2, 4)} ${each.slice(8, 10)}`)).toEqual([
    ...['08 00', '08 00', '08 00', '08 00'],
    ...['08 00', '10 06', '08 00', '10 06'],
    ...['08 01', '08 02'],
  ]);
  expect(read.requests.slice(-2).map((each) => each.slice(16, 32))).toEqual([
    '0000000000000000',
    '0000fe801f000000',
  ]);
});

test.each([
  ['does not know', 0x03],
  ['chokes on', 0x02],
])(
  'the SMART log steps in where the endpoint %s the Controller Health Status Poll',
  async (_what, status) => {
    const read = await report([{ kind: 'status', status, command: MI(2) }], { controllers: 2 });
    expect(read.controllers.map((each) => each.health)).toMatchObject([
      { source: 'smart-log', temperatureCelsius: 30, sparePercent: 100 },
      { source: 'smart-log', temperatureCelsius: 30, sparePercent: 100 },
    ]);
    expect(read.problems).toEqual([]);
  },
);

test('a refusal of another kind is a problem, and no reason for the SMART log', async () => {
  const read = await report([{ kind: 'status', status: 0x07, command: MI(2) }]);
  expect(read.whats).toEqual(['controller health']);
  expect(read.controllers[0]?.health).toBeUndefined();
});

test('while the host is off, what does not need the controller is there', async () => {
  const read = await report([{ kind: 'status', status: 0x21, command: ADMIN(6) }]);
  expect(read.whats).toEqual(['controller 0 identity']);
  expect(read.health?.driveFunctional).toBe(true);
  expect(read.controllers).toMatchObject([{ identity: undefined, health: { temperatureCelsius: 30 } }]);
});

test('one that stops answering is not asked on', async () => {
  const read = await report([{ kind: 'silence', command: ADMIN(6) }], { controllers: 3 });
  expect(read.whats).toEqual(['controller 0 identity']);
  expect(read.tookMs).toBeLessThan(5100);
});

test('a bad answer costs the part that it was for', async () => {
  const read = await report([{ kind: 'bad-mic', command: MI(1) }]);
  expect(read.whats).toEqual(['subsystem health']);
  expect(read.controllers[0]?.health).toBeDefined();
});

test('many controllers: identity of the first ones, health of all', async () => {
  const read = await report([], { controllers: 5 }, { controllerLimit: 2 });
  expect(read.controllers.map((each) => each.identity !== undefined)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(read.controllers.every((each) => each.health !== undefined)).toBe(true);
});

test('a drive that does not even say what it is fails the whole', async () => {
  await expect(report([{ kind: 'silence' }])).rejects.toMatchObject({ code: 'no-response' });
});
