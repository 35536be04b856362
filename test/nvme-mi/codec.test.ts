import fc from 'fast-check';
import { isMalformed } from '../../src/base/reader';
import type { AdminCommand, MiCommand } from '../../src/nvme-mi/command';
import { getSmbusFrequency, getTransmissionUnit } from '../../src/nvme-mi/commands/configuration-get';
import { setSmbusFrequency, setTransmissionUnit } from '../../src/nvme-mi/commands/configuration-set';
import { controllerHealthStatusPoll } from '../../src/nvme-mi/commands/controller-health-status-poll';
import { getFeatures } from '../../src/nvme-mi/commands/get-features';
import { getLogPage } from '../../src/nvme-mi/commands/get-log-page';
import { getSmartLog } from '../../src/nvme-mi/commands/get-smart-log';
import { identify, identifyController, identityOf } from '../../src/nvme-mi/commands/identify';
import { readControllerInformation } from '../../src/nvme-mi/commands/read-controller-information';
import { readControllerList } from '../../src/nvme-mi/commands/read-controller-list';
import { readOptionalCommands } from '../../src/nvme-mi/commands/read-optional-commands';
import { readPortInformation } from '../../src/nvme-mi/commands/read-port-information';
import { readSubsystemInformation } from '../../src/nvme-mi/commands/read-subsystem-information';
import { subsystemHealthStatusPoll } from '../../src/nvme-mi/commands/subsystem-health-status-poll';
import { vpdRead } from '../../src/nvme-mi/commands/vpd-read';
import { adminAnswer, adminRequestBody, miRequestBody } from '../../src/nvme-mi/encoding';
import { changedFlags, changedMask, compositeTemperature } from '../../src/nvme-mi/health-flags';
import { judgeResponse } from '../../src/nvme-mi/response';
import { adviceFor, statusName } from '../../src/nvme-mi/status';
import { hex } from '../support/vectors';
import { NVME_MI_VECTORS } from './vectors';

const NONE = hex('000000');

function mi<Req, Res>(command: MiCommand<Req, Res>, data: string, request: Req, management = NONE): unknown {
  const decoded = command.decodeResponse({ management, data: hex(data) }, request);
  return isMalformed(decoded) ? decoded.reason : decoded;
}

describe('temperatures of one byte (NVMe-MI section 2, CTEMP)', () => {
  test.each([
    [0x00, 0, 'exact'],
    [0x7e, 126, 'exact'],
    [0x7f, 127, 'or-higher'],
    [0x80, undefined, 'no-data'],
    [0x81, undefined, 'sensor-failure'],
    [0x82, undefined, 'reserved'],
    [0xc3, undefined, 'reserved'],
    [0xc4, -60, 'or-lower'],
    [0xc5, -59, 'exact'],
    [0xff, -1, 'exact'],
  ])('0x%s', (code, celsius, note) => {
    expect(compositeTemperature(code)).toEqual({ celsius, note });
  });
});

describe('structures', () => {
  test('of a fixed size are refused in any other', () => {
    const short = '00'.repeat(31);
    expect(mi(readSubsystemInformation, short, {})).toBe('31 bytes of data instead of 32');
    expect(mi(readPortInformation, `${short}0000`, { port: 0 })).toBe('33 bytes of data instead of 32');
    expect(mi(readControllerInformation, '', { controller: 0 })).toBe('0 bytes of data instead of 32');
    expect(mi(subsystemHealthStatusPoll, '00'.repeat(9), {})).toBe('9 bytes of data instead of 8');
    expect(mi(getTransmissionUnit, '00', { port: 0 })).toBe('1 bytes of data instead of 0');
  });

  test.each([
    ['as long as it has to be', '0300 0000 0100 0200', [0, 1, 2]],
    ['filled up with zeros', '0100 0500 0000 0000', [5]],
    ['saying more than came', '0900 0500 0700', [5, 7]],
    ['with half an ID at its end', '0200 0500 07', [5]],
    ['empty', '0000', []],
    ['longer than any can be', '0008 0000', 'a list of 2048 controllers'],
    ['without a count', '00', 'the list has no count'],
  ])('a controller list %s', (_what, data, expected) => {
    expect(mi(readControllerList, data, {})).toEqual(expected);
  });

  test('a controller list starts in the controller field, not in that of the port', () => {
    expect(miRequestBody(readControllerList, { from: 0x0102 })).toEqual(hex('00000000 02010002 00000000'));
  });

  test('optional commands are pairs of type and opcode', () => {
    expect(mi(readOptionalCommands, '0200 0105 0203', {})).toEqual([
      { type: 1, opcode: 5 },
      { type: 2, opcode: 3 },
    ]);
    expect(mi(readOptionalCommands, '', {})).toBe('too short');
  });

  test('ports that are inactive, of another type, or at another speed', () => {
    const port = (data: string): unknown => mi(readPortInformation, data.padEnd(64, '0'), { port: 0 });
    expect(port('00 03'.replace(' ', ''))).toMatchObject({
      kind: 'inactive',
      automaticPause: true,
      asynchronousEvents: true,
    });
    expect(port('07')).toMatchObject({ kind: 'unknown', type: 7 });
    expect(port('0100400000000000' + '020f04' + '100400')).toMatchObject({
      maxPayloadBytes: 512,
      supportedSpeedsGtps: [2.5, 5, 8, 16],
      speedGtps: 16,
      maxLanes: 16,
      lanes: 4,
    });
    expect(port('0100400000000000' + '000000')).toMatchObject({ speedGtps: 0 });
    expect(port('0200400000000000' + '53001d83')).toMatchObject({
      vpdFrequencyKHz: undefined,
      endpointFrequencyKHz: 1000,
      i3c: true,
    });
  });

  test('a controller without a routing ID has none', () => {
    const data = '00'.repeat(6) + 'ffff' + '00'.repeat(24);
    expect(mi(readControllerInformation, data, { controller: 0 })).toMatchObject({ routingId: undefined });
  });

  test('controller health: the count and the data have to agree; none is fine', () => {
    expect(mi(controllerHealthStatusPoll, '', {}, hex('000000'))).toEqual([]);
    expect(mi(controllerHealthStatusPoll, '00'.repeat(16), {}, hex('000002'))).toBe(
      '16 bytes of data instead of 32',
    );
  });

  test('a drive that is not well', () => {
    // Not functional, reset required, sanitize failed; spare and read-only warnings; changed: FA, CWARN.
    expect(mi(subsystemHealthStatusPoll, '40 36 81 ff 8010 0000', {})).toMatchObject({
      driveFunctional: false,
      resetRequired: true,
      linkActive: [false, false],
      sanitizeFailure: true,
      warning: { spare: true, temperature: false, readOnly: true },
      temperature: { celsius: undefined, note: 'sensor-failure' },
      percentageUsed: 255,
      changed: { firmwareActivated: true, criticalWarning: true, temperature: false },
    });
  });

  test('an unknown SMBus frequency is an error, not a number', () => {
    expect(mi(getSmbusFrequency, '', { port: 1 }, hex('000000'))).toBe('frequency code 0');
    expect(mi(getSmbusFrequency, '', { port: 1 }, hex('030000'))).toBe(1000);
  });

  test('strings are trimmed, and what a terminal would obey is not passed on', () => {
    const data = new Uint8Array(72).fill(0x20);
    data.set(Buffer.from('\u001b[31mX\0'), 4);
    expect(identityOf(data).serialNumber).toBe('?[31mX');
  });

  test('a log may be shorter than asked for, never longer', () => {
    const request = { log: 2, length: 8 };
    const log = (data: string): unknown =>
      getLogPage.decodeResponse({ result: [0, 0], data: hex(data) }, request);
    expect(log('01020304')).toEqual(hex('01020304'));
    expect(isMalformed(log('00'.repeat(12)))).toBe(true);
  });
});

describe('requests', () => {
  test('health is not cleared unless somebody says so', () => {
    expect(subsystemHealthStatusPoll.encodeRequest({}).dw1).toBe(0);
    expect(controllerHealthStatusPoll.encodeRequest({})).toEqual({ dw0: 0x80fe0000, dw1: 0x1f });
    expect(controllerHealthStatusPoll.encodeRequest({ clear: true }).dw1).toBe(0x8000001f);
    expect(controllerHealthStatusPoll.encodeRequest({ changedOnly: true, from: 3 }).dw0).toBe(0x00fe0003);
    // RAE is bit 15 of dword 10.
    expect((getLogPage.encodeRequest({ log: 2, length: 512 }).dwords?.[0] ?? 0) & 0x8000).toBe(0x8000);
  });

  test('a log page with everything in it', () => {
    const body = adminRequestBody(getLogPage, 0x0102, {
      log: 0x07,
      nsid: 1,
      offset: 0x1_0000_0010,
      length: 4096,
      retainEvents: false,
      specificField: 1,
      specificIdentifier: 0x0203,
      commandSet: 4,
      uuidIndex: 5,
    });
    expect(body).toEqual(
      hex(
        '02010201 01000000 00000000 00000000 00000000 00000000 00000000 00100000 0000000000000000' +
          '0701ff03 00000302 10000000 01000000 05000004 00000000',
      ),
    );
  });

  test('Get Features selects, Identify carries controller and command set', () => {
    expect(getFeatures.encodeRequest({ feature: 4, select: 'default' }).dwords).toEqual([0x104]);
    expect(identify.encodeRequest({ structure: 0x13, controller: 2, commandSet: 1, uuidIndex: 3 })).toEqual({
      nsid: 0,
      dwords: [0x20013, 0x1000000, 0, 0, 3],
      offset: 0,
      length: 4096,
    });
  });

  test.each([
    ['a controller of 17 bits', () => miRequestBody(readControllerInformation, { controller: 65536 })],
    ['a port of 9 bits', () => miRequestBody(readPortInformation, { port: 256 })],
    ['no entry at all', () => miRequestBody(controllerHealthStatusPoll, { maxEntries: 0 })],
    ['half a byte', () => miRequestBody(vpdRead, { offset: 0.5, length: 1 })],
    ['a unit of 17 bits', () => miRequestBody(setTransmissionUnit, { port: 0, bytes: 65536 })],
    ['5 GHz', () => miRequestBody(setSmbusFrequency, { port: 0, kHz: 5_000_000 as 100 })],
    ['a log length that is no multiple of 4', () => adminRequestBody(getLogPage, 0, { log: 2, length: 6 })],
    ['more than a message carries', () => adminRequestBody(getLogPage, 0, { log: 2, length: 4100 })],
    ['a part at an odd offset', () => adminRequestBody(identify, 0, { structure: 1, offset: 2, length: 4 })],
    ['a negative controller', () => adminRequestBody(identifyController, -1, {})],
  ])('%s is a mistake of the caller', (_what, encode) => {
    expect(encode).toThrow(RangeError);
  });
});

test('changed flags, one by one', () => {
  for (let bit = 0; bit < 16; bit++) {
    const flags = changedFlags(1 << bit);
    const isKnown = bit !== 3 && bit < 14;
    expect(Object.values(flags).filter(Boolean)).toHaveLength(isKnown ? 1 : 0);
    expect(changedMask(flags)).toBe(isKnown ? 1 << bit : 0);
  }
  // Vector config_set_health_status_change: mask 769.
  expect(changedMask({ ready: true, controllerStatus: true, temperature: true })).toBe(769);
});

test('statuses: their names, and what to do about them', () => {
  expect([0x29, 0xe0, 0x55].map(statusName)).toEqual(['enclosure degraded', 'vendor specific', 'reserved']);
  expect([0x03, 0x21, 0x2a, 0x02].map(adviceFor)).toEqual([
    'do-not-ask-again',
    'retry-later',
    'retry-later',
    'none',
  ]);
});

describe('any bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 5000 });
  const management = fc.uint8Array({ minLength: 3, maxLength: 3 });

  test.each([
    ['subsystem', readSubsystemInformation, {}],
    ['port', readPortInformation, { port: 0 }],
    ['controller list', readControllerList, {}],
    ['controller', readControllerInformation, { controller: 0 }],
    ['optional commands', readOptionalCommands, {}],
    ['subsystem health', subsystemHealthStatusPoll, {}],
    ['controller health', controllerHealthStatusPoll, {}],
    ['SMBus frequency', getSmbusFrequency, { port: 0 }],
    ['transmission unit', getTransmissionUnit, { port: 0 }],
    ['VPD', vpdRead, { offset: 0, length: 8 }],
  ] as readonly (readonly [string, MiCommand<unknown, unknown>, unknown])[])(
    'never make the decoder of %s throw',
    (_name, command, request) => {
      fc.assert(
        fc.property(management, bytes, (three, data) => {
          expect(command.decodeResponse({ management: three, data }, request)).toBeDefined();
        }),
      );
    },
  );

  test.each([
    ['Identify', identify, { structure: 1 }],
    ['Identify Controller', identifyController, {}],
    ['Get Log Page', getLogPage, { log: 2, length: 512 }],
    ['SMART log', getSmartLog, {}],
    ['Get Features', getFeatures, { feature: 1 }],
  ] as readonly (readonly [string, AdminCommand<unknown, unknown>, unknown])[])(
    'never make the decoder of %s throw',
    (_name, command, request) => {
      fc.assert(
        fc.property(bytes, (body) => {
          const answer = adminAnswer(body);
          if (!isMalformed(answer)) expect(command.decodeResponse(answer, request)).toBeDefined();
        }),
      );
    },
  );

  test('are judged, and a recorded answer with any bit turned over is never taken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
        expect(judgeResponse(message, { type: 1, slot: 0 }).kind).toBe('bad');
      }),
    );
    const right = hex(NVME_MI_VECTORS[0]?.responses[0]?.hex ?? '');
    for (let bit = 0; bit < right.length * 8; bit++) {
      const wrong = Uint8Array.from(right);
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(judgeResponse(wrong, { type: 1, slot: 0 }).kind).toBe('bad');
    }
  });
});
