import { describeError } from '../../src/base/errors';
import type { LogFields } from '../../src/base/log';
import { nullLog } from '../../src/base/log';
import { ClientError } from '../../src/client/client-error';
import { getTransmissionUnit } from '../../src/nvme-mi/commands/configuration-get';
import { setTransmissionUnit } from '../../src/nvme-mi/commands/configuration-set';
import { getFeatures } from '../../src/nvme-mi/commands/get-features';
import { readSubsystemInformation } from '../../src/nvme-mi/commands/read-subsystem-information';
import { subsystemHealthStatusPoll } from '../../src/nvme-mi/commands/subsystem-health-status-poll';
import { vpdRead } from '../../src/nvme-mi/commands/vpd-read';
import type { NvmeMiEndpoint } from '../../src/nvme-mi/endpoint';
import { NvmeMiStatusError, NvmeMiTransportError, NvmeStatusError } from '../../src/nvme-mi/errors';
import { getState, pause } from '../../src/nvme-mi/primitives';
import { nvmeMi } from '../../src/sim/behaviours/nvme-mi';
import type { NvmeFault } from '../../src/sim/nvme-drive';
import { NvmeBench, driveWith } from './bench';

type Fault = Partial<NvmeFault> & Pick<NvmeFault, 'kind'>;

async function drive(faults: readonly Fault[] = []): Promise<NvmeBench> {
  const bench = await NvmeBench.start();
  await bench.plug(nvmeMi, driveWith(faults));
  return bench;
}

const subsystem = (endpoint: NvmeMiEndpoint): Promise<unknown> =>
  endpoint.request(readSubsystemInformation, {});

/** The error, and when it came. */
async function failed(bench: NvmeBench, call: Promise<unknown>): Promise<{ error: Error; at: number }> {
  const error = await bench.clock.settle(
    call.then(
      () => undefined,
      (each: unknown) => each,
    ),
  );
  if (!(error instanceof Error)) throw new Error('the call succeeded');
  return { error, at: Math.round(bench.clock.now()) };
}

/** Message parameters and opcode of what reached the device. */
const seen = (bench: NvmeBench): string[] =>
  bench.requests.map((each) => `${each.slice(2, 4)} ${each.slice(8, 10)}`);
const COMMAND = '08 00';
const ABORT = '00 02';

describe('a drive of the simulator', () => {
  test('is asked and answers: structures, health, configuration, VPD', async () => {
    await using bench = await drive();
    const endpoint = bench.endpoint();
    const all = async (): Promise<unknown[]> => [
      await endpoint.request(readSubsystemInformation, {}),
      await endpoint.request(subsystemHealthStatusPoll, {}),
      await endpoint.request(setTransmissionUnit, { port: 1, bytes: 128 }),
      await endpoint.request(getTransmissionUnit, { port: 1 }),
      await endpoint.request(vpdRead, { offset: 0, length: 4 }),
    ];
    expect(await bench.clock.settle(all())).toMatchObject([
      { ports: 2 },
      { driveFunctional: true, temperature: { celsius: 30 } },
      {},
      128,
      Uint8Array.of(1, 0, 0, 0),
    ]);
  });

  test('its controller tells identity, SMART log and a feature', async () => {
    await using bench = await drive();
    const controller = bench.endpoint().controller(0);
    const all = async (): Promise<unknown[]> => [
      await controller.identity(),
      await controller.smartLog(),
      await controller.feature({ feature: 4 }),
    ];
    expect(await bench.clock.settle(all())).toMatchObject([
      { model: 'Simulated NVMe drive', serialNumber: 'SIM0000001', firmware: '1.0' },
      { temperatureKelvin: 303, spareThresholdPercent: 10 },
      343,
    ]);
  });

  test('a long log comes in pieces of 4096 by the offset of the log; only the last may let go of the event', async () => {
    await using bench = await drive();
    const controller = bench.endpoint().controller(0);
    const log = await bench.clock.settle(
      controller.logPage({ log: 0xc0, length: 9000, retainEvents: false }),
    );
    expect(log).toEqual(Uint8Array.from({ length: 9000 }, (_, index) => (index ^ (index >> 8)) & 0xff));
    // Dwords 10 and 12 of each: number of dwords, RAE, log; offset.
    const dwords = bench.requests.map((each) => [each.slice(88, 96), each.slice(104, 112)]);
    expect(dwords).toEqual([
      ['c080ff03', '00000000'],
      ['c080ff03', '00100000'],
      ['c000c900', '00200000'],
    ]);
  });

  test('a log that is shorter than asked for ends where it ends', async () => {
    await using bench = await drive();
    const controller = bench.endpoint().controller(0);
    const log = await bench.clock.settle(controller.logPage({ log: 0xc0, offset: 8192, length: 8192 }));
    expect(log).toHaveLength(10_000 - 8192);
    expect(bench.requests).toHaveLength(1);
  });

  test('R-API-43 an answer counts although its handle cannot be released any more', async () => {
    await using bench = await drive();
    jest.spyOn(bench.client, 'release').mockRejectedValueOnce(new ClientError('ServerRestarted'));
    const dropped = jest.spyOn(bench.client, 'dropHandle');
    expect(await bench.clock.settle(subsystem(bench.endpoint()))).toMatchObject({ ports: 2 });
    expect(dropped).toHaveBeenCalledTimes(1);
  });

  test('a log length that is no multiple of 4 is refused before anything is read', async () => {
    await using bench = await drive();
    await expect(bench.endpoint().controller(0).logPage({ log: 0xc0, length: 4098 })).rejects.toThrow(
      RangeError,
    );
    expect(bench.requests).toEqual([]);
  });
});

describe('the three ways to fail', () => {
  test('the endpoint refuses: status, advice, where', async () => {
    await using bench = await drive([{ kind: 'status', status: 0x03 }]);
    const { error } = await failed(bench, subsystem(bench.endpoint()));
    expect(error).toBeInstanceOf(NvmeMiStatusError);
    expect(error).toMatchObject({ code: 'refused', status: 3, advice: 'do-not-ask-again' });
    expect(describeError(error)).toBe(
      'the NVMe-MI endpoint answers 0x03 (invalid opcode); it does not have this command, do not ask again ' +
        '(network 1, eid 9, operation Read NVMe-MI Data Structure (subsystem))',
    );
  });

  test('the host is off: try again later', async () => {
    await using bench = await drive([{ kind: 'status', status: 0x21 }]);
    const { error } = await failed(bench, bench.endpoint().controller(0).identity());
    expect(error).toMatchObject({ status: 0x21, advice: 'retry-later' });
    expect(error.message).toContain('(PCIe inaccessible); this passes, try again later');
  });

  test('a refusal frees its tag: a peer has eight, and refusals may come many in a row', async () => {
    await using bench = await drive([{ kind: 'status', status: 0x21 }]);
    const endpoint = bench.endpoint();
    for (let i = 0; i < 20; i++)
      expect((await failed(bench, subsystem(endpoint))).error).toMatchObject({ status: 0x21 });
  });

  test('the controller fails the command', async () => {
    await using bench = await drive();
    const { error } = await failed(bench, bench.endpoint().admin(0, getFeatures, { feature: 0x7f }));
    expect(error).toBeInstanceOf(NvmeStatusError);
    expect(describeError(error)).toBe(
      'the NVMe controller fails the command with status code type 0, status code 0x02; do not ask again ' +
        '(network 1, eid 9, operation Get Features, controller 0)',
    );
  });

  test('nobody answers', async () => {
    await using bench = await drive([{ kind: 'silence' }]);
    const { error, at } = await failed(bench, subsystem(bench.endpoint()));
    expect(error).toBeInstanceOf(NvmeMiTransportError);
    expect(error).toMatchObject({ code: 'no-response', context: { network: 1, eid: 9 } });
    expect(error.message).toContain('check that the drive has power and is still at this EID');
    expect(at).toBe(5000);
  });

  test('there is no way to the endpoint: the cause says why', async () => {
    await using bench = await NvmeBench.start();
    const { error } = await failed(bench, subsystem(bench.endpoint({ eid: 77 })));
    expect(error).toBeInstanceOf(NvmeMiTransportError);
    expect(error).toMatchObject({ code: 'send-failed' });
    expect(describeError(error)).toMatch(/MCTP error: internal error.*77/);
  });

  test.each([
    ['bad-mic', 'the message integrity check is wrong'],
    ['wrong-slot', 'it is for slot 1'],
    ['wrong-type', 'it has NVMe-MI message type 2 instead of 1'],
    ['not-a-response', 'it is no response'],
    ['short', '11 bytes are too short'],
    ['no-integrity-check', 'the integrity check bit is missing'],
    ['surplus', '36 bytes of data instead of 32'],
  ] as const)('an answer that is none: %s', async (kind, reason) => {
    await using bench = await drive([{ kind, times: 1 }]);
    const endpoint = bench.endpoint();
    const { error } = await failed(bench, subsystem(endpoint));
    expect(error).toBeInstanceOf(NvmeMiTransportError);
    expect(error).toMatchObject({ code: 'bad-response' });
    expect(error.message).toContain(reason);
    // The endpoint is through with the command: the next one needs no Abort.
    expect(await bench.clock.settle(subsystem(endpoint))).toMatchObject({ ports: 2 });
    expect(seen(bench)).toEqual([COMMAND, COMMAND]);
  });
});

describe('more processing required', () => {
  test('is waited for as long as it says, and the time that the answer needs on the bus', async () => {
    await using bench = await drive([{ kind: 'more-processing', ms: 8000, announced: 40 }]);
    expect(await bench.clock.settle(subsystem(bench.endpoint()))).toMatchObject({ ports: 2 });
    expect(bench.clock.now()).toBe(8000);
  });

  test('is waited for no longer', async () => {
    await using bench = await drive([{ kind: 'more-processing', ms: 9500, announced: 40 }]);
    const { error, at } = await failed(bench, subsystem(bench.endpoint()));
    expect(error.message).toContain('asked for more time (1 times) and gave no answer in it');
    expect(at).toBe(9000);
  });

  test('of time 0 means the usual time once more', async () => {
    await using bench = await drive([{ kind: 'more-processing', ms: 6000, announced: 0 }]);
    const { at } = await failed(bench, subsystem(bench.endpoint()));
    expect(at).toBe(5000);
    await using patient = await drive([{ kind: 'more-processing', ms: 4900, announced: 0 }]);
    expect(await patient.clock.settle(subsystem(patient.endpoint()))).toMatchObject({ ports: 2 });
  });

  test('of time 0xffff, which is nearly two hours, ends with the total time', async () => {
    await using bench = await drive([{ kind: 'more-processing', ms: 3_000_000, announced: 0xffff }]);
    const { error, at } = await failed(bench, subsystem(bench.endpoint()));
    expect(error).toMatchObject({ code: 'no-response' });
    expect(at).toBe(60_000);
  });

  test('without end, slowly: the total time', async () => {
    await using bench = await drive([{ kind: 'endless-more-processing', ms: 1000 }]);
    const { error, at } = await failed(bench, subsystem(bench.endpoint()));
    expect(error.message).toContain('asked for more time (60 times)');
    expect(at).toBe(60_000);
  });

  test('without end, fast: so many times and no more', async () => {
    await using bench = await drive([{ kind: 'endless-more-processing', ms: 1 }]);
    const { error, at } = await failed(bench, subsystem(bench.endpoint()));
    expect(error.message).toContain('asked for more time more than 100 times');
    expect(at).toBe(101);
  });

  test('in the full size of an Admin response is the same thing', async () => {
    await using bench = await drive([{ kind: 'more-processing', ms: 700, fullSize: true, times: 1 }]);
    const identity = bench.endpoint().controller(0).identity();
    expect(await bench.clock.settle(identity)).toMatchObject({ model: 'Simulated NVMe drive' });
  });

  test('limits are per call, or per endpoint', async () => {
    await using bench = await drive([{ kind: 'endless-more-processing', ms: 100 }]);
    const endpoint = bench.endpoint({ limits: { totalMs: 1000 } });
    expect((await failed(bench, subsystem(endpoint))).at).toBe(1000);
    const call = endpoint.request(readSubsystemInformation, {}, { moreProcessingLimit: 1, slot: 1 });
    expect((await failed(bench, call)).error.message).toContain('more than 1 times');
  });
});

describe('slots', () => {
  test('one command at a time, whatever the slot', async () => {
    await using bench = await drive([{ kind: 'late', ms: 300 }]);
    const endpoint = bench.endpoint();
    const both = [subsystem(endpoint), endpoint.request(readSubsystemInformation, {}, { slot: 1 })];
    await bench.clock.advance(299);
    expect(seen(bench)).toEqual([COMMAND]);
    await bench.clock.settle(Promise.all(both));
    expect(seen(bench)).toEqual([COMMAND, '09 00']);
  });

  test('slots of their own, where that is wanted', async () => {
    await using bench = await drive([{ kind: 'late', ms: 300 }]);
    const endpoint = bench.endpoint({ concurrentSlots: true });
    const both = [subsystem(endpoint), endpoint.request(readSubsystemInformation, {}, { slot: 1 })];
    await bench.clock.settle(Promise.all(both));
    expect(bench.clock.now()).toBe(300);
  });

  test('after a time-out the command is aborted before the slot is used again', async () => {
    await using bench = await drive([{ kind: 'late', ms: 30_000, times: 1 }]);
    const endpoint = bench.endpoint();
    await failed(bench, subsystem(endpoint));
    expect(await bench.clock.settle(subsystem(endpoint))).toMatchObject({ ports: 2 });
    expect(seen(bench)).toEqual([COMMAND, ABORT, COMMAND]);
    // Once is enough.
    await bench.clock.settle(subsystem(endpoint));
    expect(seen(bench)).toEqual([COMMAND, ABORT, COMMAND, COMMAND]);
  });

  test('the Abort is for the slot that timed out, the other one goes on', async () => {
    await using bench = await drive([{ kind: 'silence', times: 1 }]);
    const endpoint = bench.endpoint();
    await failed(bench, endpoint.request(readSubsystemInformation, {}, { slot: 1 }));
    await bench.clock.settle(subsystem(endpoint));
    await bench.clock.settle(endpoint.request(readSubsystemInformation, {}, { slot: 1 }));
    expect(seen(bench)).toEqual(['09 00', COMMAND, '01 02', '09 00']);
  });

  test('an answer that comes after its time is nobody’s, and not that of the next request', async () => {
    await using bench = await drive([{ kind: 'late', ms: 5500, times: 1 }]);
    const endpoint = bench.endpoint();
    await failed(bench, subsystem(endpoint));
    await bench.clock.advance(1000);
    expect(bench.router.counters(1)?.drops.get('UnexpectedResponse')).toBe(1);
    const health = endpoint.request(subsystemHealthStatusPoll, {});
    expect(await bench.clock.settle(health)).toMatchObject({ percentageUsed: 1 });
  });

  test('an endpoint that ignores Abort is asked nevertheless, after a second and with a warning', async () => {
    await using bench = await NvmeBench.start();
    let deaf = true;
    const warnings: (LogFields | undefined)[] = [];
    const log = { ...nullLog, warn: (_text: string, fields?: LogFields) => warnings.push(fields) };
    await bench.plug((request, state) => {
      const isPrimitive = ((request[1] ?? 0) & 0x78) === 0;
      return deaf || isPrimitive ? 'silence' : nvmeMi(request, state);
    }, driveWith());
    const endpoint = bench.endpoint({ log });
    await failed(bench, subsystem(endpoint));
    deaf = false;
    expect(await bench.clock.settle(subsystem(endpoint))).toMatchObject({ ports: 2 });
    expect(bench.clock.now()).toBe(6000);
    expect(warnings).toMatchObject([{ network: 1, eid: 9, operation: 'Abort' }]);
  });
});

describe('control primitives', () => {
  test('are answered while a command runs', async () => {
    await using bench = await drive([{ kind: 'late', ms: 300 }]);
    const endpoint = bench.endpoint();
    const command = subsystem(endpoint);
    await bench.clock.advance(10);
    expect(await bench.clock.settle(endpoint.primitive(getState, {}))).toMatchObject({ state: 'process' });
    expect(bench.clock.now()).toBeLessThan(300);
    await bench.clock.settle(command);
  });

  test('each has a tag of its own, and an answer with another is refused', async () => {
    await using bench = await NvmeBench.start();
    // Every answer carries tag 0; vector control_pause.
    const answer = Uint8Array.from(Buffer.from('8480000000000300ee00bd58', 'hex'));
    await bench.plug(() => answer);
    const endpoint = bench.endpoint();
    expect(await bench.clock.settle(endpoint.primitive(pause, {}))).toEqual({ slots: [true, true] });
    const { error } = await failed(bench, endpoint.primitive(pause, {}));
    expect(error.message).toContain('it has tag 0 instead of 1');
  });
});

describe('the pause that some Samsung drives need after an answer', () => {
  /** Milliseconds at which the requests reached the device. */
  async function times(model: string, parts: Parameters<NvmeBench['endpoint']>[0] = {}): Promise<number[]> {
    await using bench = await NvmeBench.start();
    const arrived: number[] = [];
    const profile = driveWith([], { vendor: 0x144d, model });
    await bench.plug((request, state) => {
      arrived.push(Math.round(bench.clock.now() * 10) / 10);
      return nvmeMi(request, state);
    }, profile);
    const endpoint = bench.endpoint(parts);
    for (let i = 0; i < 2; i++) await bench.clock.settle(subsystem(endpoint));
    await bench.clock.settle(endpoint.controller(0).identity());
    for (let i = 0; i < 2; i++) await bench.clock.settle(subsystem(endpoint));
    return arrived;
  }

  test('is left for as long as the model is not known, and for such a drive', async () => {
    expect(await times('MZUL2512HCJQ-00A07')).toEqual([0, 1.2, 2.4, 3.6, 4.8]);
  });

  test('is not left for others once they have told their model', async () => {
    expect(await times('MZ-OTHER')).toEqual([0, 1.2, 2.4, 2.4, 2.4]);
  });

  test('is never left where it is switched off', async () => {
    expect(await times('MZUL2512HCJQ', { quirks: false })).toEqual([0, 0, 0, 0, 0]);
  });
});

test('calls leave nothing behind: no handle, no timer but the tag’s', async () => {
  await using bench = await drive([{ kind: 'silence', times: 1 }]);
  const endpoint = bench.endpoint();
  await failed(bench, subsystem(endpoint));
  // More than a client may have handles.
  for (let i = 0; i < 80; i++) await bench.clock.settle(subsystem(endpoint));
  await bench.clock.advance(10_000);
  expect(bench.clock.timers).toBe(0);
});
