import { changedFlags } from '../../src/nvme-mi/health-flags';
import { NvmeMiStatusError, NvmeMiTransportError, NvmeStatusError } from '../../src/nvme-mi/errors';
import { statusName } from '../../src/nvme-mi/status';
import type { Behaviour } from '../../src/sim/behaviours/behaviour';
import { hex } from '../support/vectors';
import { NvmeBench } from './bench';
import { callOf } from './calls';
import { NVME_MI_VECTORS, vectorNamed, type NvmeMiVector } from './vectors';

/** Feeds the recorded responses, the next whenever the client waits again. */
function recorded({ responses }: NvmeMiVector): Behaviour {
  const answers = responses.map((each) => ({ afterMs: 1, message: () => hex(each.hex) }));
  return () => (answers.length === 0 ? 'silence' : answers);
}

async function run(vector: NvmeMiVector): Promise<{ readonly sent: string[]; readonly value: unknown }> {
  await using bench = await NvmeBench.start();
  await bench.plug(recorded(vector));
  const call = callOf(vector)(bench.endpoint(), {});
  const value = await bench.clock.settle(call.catch((error: unknown) => error));
  return { sent: bench.requests, value };
}

function verdictOf(value: unknown): NvmeMiVector['expect'] {
  if (value instanceof NvmeMiTransportError) return 'reject';
  if (value instanceof NvmeMiStatusError) return 'mi_error';
  if (value instanceof NvmeStatusError) return 'nvme_error';
  if (value instanceof Error) throw value;
  return 'accept';
}

test.each(NVME_MI_VECTORS)('vector $name: the request byte by byte, and $expect', async (vector) => {
  const { sent, value } = await run(vector);
  expect(sent).toEqual([vector.request.hex]);
  expect(verdictOf(value)).toBe(vector.expect);
  if (value instanceof NvmeMiStatusError) expect(value.status).toBe(vector.responses[0]?.status);
  if (vector.status_text !== undefined) {
    expect(statusName(vector.responses[0]?.status ?? 0)).toBe(vector.status_text);
  }
});

const NO_WARNING = {
  spare: false,
  temperature: false,
  reliability: false,
  readOnly: false,
  memoryBackup: false,
  persistentMemory: false,
};

const BASICS = { automaticPause: false, asynchronousEvents: false };

// The same numbers as in the `fields` of the vector, in our words.
test.each<[string, unknown]>([
  ['read_subsystem_info', { ports: 2, majorVersion: 1, minorVersion: 2, statusReportingEnhancements: false }],
  [
    'read_port_info_pcie_port0',
    {
      ...BASICS,
      kind: 'pcie',
      transmissionUnitBytes: 64,
      bufferBytes: 0,
      maxPayloadBytes: 128,
      supportedSpeedsGtps: [2.5, 5, 8, 16, 32, 64],
      speedGtps: 2.5,
      maxLanes: 2,
      lanes: 1,
      portNumber: 0,
    },
  ],
  [
    'read_port_info_smbus_port1',
    {
      ...BASICS,
      kind: 'smbus',
      transmissionUnitBytes: 250,
      bufferBytes: 4096,
      vpdAddress: 83,
      vpdFrequencyKHz: 400,
      endpointAddress: 29,
      endpointFrequencyKHz: 400,
      i3c: false,
      basicManagement: true,
    },
  ],
  ['read_controller_list', [0, 1]],
  [
    'read_controller_info_5',
    {
      port: 0,
      routingId: { bus: 3, device: 0, function: 2 },
      vendorId: 5197,
      deviceId: 43018,
      subsystemVendorId: 5197,
      subsystemDeviceId: 43009,
    },
  ],
  [
    'subsystem_health_status_poll',
    {
      driveFunctional: true,
      resetRequired: false,
      linkActive: [true, false],
      sanitizeFailure: false,
      // nvme-mi-dev does not invert this bit.
      warning: { ...NO_WARNING, temperature: true },
      temperature: { celsius: 20, note: 'exact' },
      percentageUsed: 38,
      changed: { ...changedFlags(0), ready: true },
    },
  ],
  ['config_get_smbus_freq_port1', 400],
  ['config_get_mctp_mtu_port1', 64],
  ['config_set_mctp_mtu_port1_250', {}],
  ['vpd_read_offset0_len8', hex('01000000010b00f3')],
  [
    'admin_identify_controller_partial_72',
    {
      vendorId: 5197,
      subsystemVendorId: 5197,
      serialNumber: 'S0123456789',
      model: 'ACME NVME MODEL',
      firmware: '00.00.01',
    },
  ],
  ['admin_identify_controller_partial_off512_len16', hex('000102030405060708090a0b0c0d0e0f')],
  [
    'admin_get_log_smart',
    {
      warning: NO_WARNING,
      temperatureKelvin: 312,
      sparePercent: 100,
      spareThresholdPercent: 5,
      percentageUsed: 3,
    },
  ],
  ['admin_get_features_power_mgmt', 1234],
  ['control_pause', { slots: [true, true] }],
  ['control_resume', {}],
  ['control_abort', { outcome: 'before-start' }],
  // 0x4012: processing, a bad MIC seen, and a reset of the subsystem.
  ['control_get_state', { state: 'process', errors: ['bad-mic', 'subsystem-reset'], paused: false }],
  ['control_replay', { willFollow: true }],
])('vector %s decodes to what it says', async (name, expected) => {
  expect((await run(vectorNamed(name))).value).toEqual(expected);
});

test('vector controller_health_status_poll_all: two controllers, in kelvin', async () => {
  const { value } = await run(vectorNamed('controller_health_status_poll_all'));
  const common = { ready: true, fatalStatus: false, shutdown: 'none', subsystemResetOccurred: false };
  // 0x0125 and 0x0145 kelvin are 20 and 52 degrees.
  expect(value).toEqual([
    {
      ...common,
      controller: 0,
      temperatureKelvin: 293,
      percentageUsed: 38,
      sparePercent: 100,
      warning: NO_WARNING,
      changed: changedFlags(0),
    },
    {
      ...common,
      controller: 1,
      temperatureKelvin: 325,
      percentageUsed: 50,
      sparePercent: 100,
      warning: { ...NO_WARNING, temperature: true },
      changed: { ...changedFlags(0), temperature: true },
    },
  ]);
});

test('vector subsystem_health_status_poll_clear_minus60C: degrees are signed', async () => {
  const { value } = await run(vectorNamed('subsystem_health_status_poll_clear_minus60C'));
  expect(value).toMatchObject({ temperature: { celsius: -60, note: 'or-lower' } });
});

test('vector admin_status_invalid_field_dnr: the status of the controller', async () => {
  const { value } = await run(vectorNamed('admin_status_invalid_field_dnr'));
  expect(value).toMatchObject({ status: { statusCodeType: 0, statusCode: 2, doNotRetry: true } });
});
