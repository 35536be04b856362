import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../../src/base/bytes';
import { crc32c } from '../../../src/base/crc';
import { react, type DeviceState, type Reaction } from '../../../src/sim/behaviours/behaviour';
import { nvmeMi } from '../../../src/sim/behaviours/nvme-mi';
import { PLAIN_DRIVE, newDriveState, type NvmeDriveProfile } from '../../../src/sim/nvme-drive';
import { PLAIN_DEVICE } from '../../../src/sim/profile';
import { hex } from '../../support/vectors';

interface ResponderVectors {
  readonly silent: readonly { readonly name: string; readonly hex: string }[];
  readonly errors: readonly { readonly name: string; readonly request: string; readonly response: string }[];
}

const { responder } = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'vectors', 'nvme-mi.json'), 'utf8'),
) as { responder: ResponderVectors };

function drive(profile: Partial<NvmeDriveProfile> = {}, time = { now: 0 }): DeviceState {
  const state = newDriveState({ ...PLAIN_DRIVE, ...profile });
  return {
    profile: PLAIN_DEVICE,
    eid: 9,
    pool: undefined,
    downstream: [],
    drive: state,
    now: () => time.now,
  };
}

/** The one answer; several are told by their times. */
function ask(request: Uint8Array, state: DeviceState): string {
  const answer: Reaction = react([nvmeMi], request, state);
  if (answer instanceof Uint8Array) return toHex(answer);
  if (answer === 'silence') return 'silence';
  return [...answer].map((each) => `${each.afterMs}: ${toHex(each.message() ?? Uint8Array.of())}`).join(', ');
}

/** From the type byte to the MIC, which the codec's own tests pin. */
function request(text: string): Uint8Array {
  const head = hex(text);
  const mic = new Uint8Array(4);
  new DataView(mic.buffer).setUint32(0, crc32c(head), true);
  return Uint8Array.from([...head, ...mic]);
}

/** The data of the answer: behind header and status, before the MIC. */
const dataOf = (answer: string): string => answer.slice(16, -8);

const SUBSYSTEM = '84080000 00000000 00000000 00000000';
const SUBSYSTEM_HEALTH = '84080000 01000000 00000000 00000000';
const SUBSYSTEM_HEALTH_CLEARING = '84080000 01000000 00000000 00000080';

describe('a simulated drive', () => {
  test.each(responder.silent)('is silent to what nvme-mi-dev is silent to: $name', (vector) => {
    expect(ask(hex(vector.hex), drive())).toBe('silence');
  });

  test.each(responder.errors)('refuses as nvme-mi-dev does: $name', (vector) => {
    expect(ask(hex(vector.request), drive())).toBe(vector.response);
  });

  test('leaves messages of other types, and those to a device that is no drive, to others', () => {
    expect(nvmeMi(hex('008002'), drive())).toBeUndefined();
    expect(nvmeMi(request(SUBSYSTEM), { ...drive(), drive: undefined })).toBeUndefined();
  });

  test('tells its subsystem as the recorded one did', () => {
    // Vector read_subsystem_info: two ports, NVMe-MI 1.2.
    expect(ask(request(SUBSYSTEM), drive())).toBe(
      '848800000020000001010200000000000000000000000000000000000000000000000000000000003cf8db52',
    );
  });

  test.each([
    ['controllers', '84080000 00000000 00000002 00000000', { controllers: 2 }, '020000000100'],
    ['controllers from 1 on', '84080000 00000000 01000002 00000000', { controllers: 2 }, '01000100'],
    [
      'a controller',
      '84080000 00000000 01000003 00000000',
      { controllers: 2 },
      '000000000001' + '0101' + 'e51d0100e51d0100' + '00'.repeat(16),
    ],
    [
      'an SMBus port',
      '84080000 00000000 00000101 00000000',
      {},
      '0200fa0000000000' + '53021d0200' + '00'.repeat(19),
    ],
    ['VPD', '84080000 05000000 04000000 04000000', {}, '000000ff'],
  ])('tells %s', (_what, text, profile, data) => {
    expect(dataOf(ask(request(text), drive(profile)))).toBe(data);
  });

  test('its health is the configured one, and changes when the scenario says so', () => {
    const time = { now: 0 };
    const changes = [{ atMs: 1000, temperatureCelsius: -5, criticalWarning: 0x02 }];
    const state = drive({ changes }, time);
    // Functional, no warning (inverted), 30 degrees, 1 %, RDY since the start.
    expect(dataOf(ask(request(SUBSYSTEM_HEALTH), state))).toBe('383f1e0101000000');
    time.now = 1000;
    expect(dataOf(ask(request(SUBSYSTEM_HEALTH), state))).toBe('383dfb0101120000');
  });

  test('composite status flags stay until they are cleared', () => {
    const state = drive();
    expect(dataOf(ask(request(SUBSYSTEM_HEALTH), state))).toBe('383f1e0101000000');
    expect(dataOf(ask(request(SUBSYSTEM_HEALTH_CLEARING), state))).toBe('383f1e0101000000');
    expect(dataOf(ask(request(SUBSYSTEM_HEALTH), state))).toBe('383f1e0100000000');
  });

  test('the health of its controllers: kelvin, 16 bytes each', () => {
    const answer = ask(request('84080000 02000000 0000fe80 1f000000'), drive({ controllers: 2 }));
    expect(answer.slice(8, 16)).toBe('00000002');
    expect(dataOf(answer)).toBe(
      '0000' +
        '0100' +
        '2f01' +
        '0164' +
        '00' +
        '0100' +
        '0000000000' +
        ('0100' + '0100' + '2f01' + '0164' + '00' + '0100' + '0000000000'),
    );
  });

  test('configuration is kept: SMBus frequency and transmission unit of port 1', () => {
    const state = drive();
    expect(ask(request('84080000 03000000 01020001 00000000'), state)).toMatch(/^8488000000000000/);
    expect(ask(request('84080000 04000000 01000001 00000000'), state)).toMatch(/^8488000000020000/);
    expect(ask(request('84080000 03000000 03000001 fa000000'), state)).toMatch(/^8488000000000000/);
    expect(ask(request('84080000 04000000 03000001 00000000'), state)).toMatch(/^8488000000fa0000/);
    expect(ask(request('84080000 03000000 03000001 fb000000'), state)).toMatch(/^8488000004000000/);
  });

  test('Identify, whole or in part, the SMART log and a feature', () => {
    const admin = (head: string, length: string, tail: string): string =>
      ask(
        request(`84100000 ${head} ${'00'.repeat(20)} 00000000 ${length} ${'00'.repeat(8)} ${tail}`),
        drive(),
      );
    const rest = '00'.repeat(20);
    const strings = admin('06010000', '48000000', `01000000 ${rest}`);
    // 84 90, MI status 0, completion with the phase tag only, then VID, SSVID and the strings.
    expect(strings.slice(0, 40)).toBe('8490000000000000' + '0000000000000000' + '00000100');
    expect(Buffer.from(strings.slice(48, -8), 'hex').toString('latin1')).toBe(
      'SIM0000001'.padEnd(20) + 'Simulated NVMe drive'.padEnd(40) + '1.0'.padEnd(8),
    );
    expect(admin('06010000', '00100000', `01000000 ${rest}`)).toHaveLength(2 * 4120);
    expect(admin('02010000', '00020000', `0200 7f00 ${rest}`).slice(40, 52)).toBe('002f01640a01');
    expect(admin('0a000000', '00000000', `04000000 ${rest}`).slice(16, 24)).toBe('57010000');
    // Invalid field with DNR in the status of the completion, not in that of the message.
    expect(admin('0a000000', '00000000', `7f000000 ${rest}`).slice(8, 40)).toBe(
      '00000000' + '0000000000000000' + '00000580',
    );
  });

  test('random requests never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (bytes) => {
        const message = request(toHex(Uint8Array.from([0x84, ...bytes])));
        const answer = react([nvmeMi], message, drive());
        return answer === 'silence' || answer instanceof Uint8Array;
      }),
    );
  });
});

describe('a drive that misbehaves', () => {
  const fault = {
    command: undefined,
    times: Infinity,
    ms: 250,
    announced: undefined,
    fullSize: false,
    status: 2,
  };
  const right = ask(request(SUBSYSTEM), drive());

  test.each([
    ['silence', 'silence'],
    ['status', '8488000002000000a576109d'],
    ['late', `250: ${right}`],
    // MPRT 3: 250 ms are three units of 100 ms.
    ['more-processing', `0: ${toHex(request('8488000001000300'))}, 250: ${right}`],
    ['bad-mic', right.slice(0, -2) + '53'],
    ['no-integrity-check', toHex(request(`04${right.slice(2, -8)}`))],
    ['wrong-slot', toHex(request(`8489${right.slice(4, -8)}`))],
    ['wrong-type', toHex(request(`8490${right.slice(4, -8)}`))],
    ['not-a-response', toHex(request(`8408${right.slice(4, -8)}`))],
    ['short', toHex(request('84880000002000'))],
    ['surplus', toHex(request(`${right.slice(0, -8)}deadbeef`))],
  ] as const)('%s', (kind, expected) => {
    expect(ask(request(SUBSYSTEM), drive({ faults: [{ ...fault, kind }] }))).toBe(expected);
  });

  test('as often, and in the command, that it is told', () => {
    const command = { type: 1, opcode: 1 };
    const state = drive({ faults: [{ ...fault, kind: 'silence', command, times: 1 }] });
    expect(ask(request(SUBSYSTEM), state)).toBe(right);
    expect(ask(request(SUBSYSTEM_HEALTH), state)).toBe('silence');
    expect(ask(request(SUBSYSTEM_HEALTH), state)).not.toBe('silence');
  });

  test('a slot takes one command at a time; Abort frees it, and nothing more comes of the old one', () => {
    const state = drive({ faults: [{ ...fault, kind: 'endless-more-processing', times: 1 }] });
    const answer = react([nvmeMi], request(SUBSYSTEM), state);
    if (answer === 'silence' || answer instanceof Uint8Array) throw new Error('expected several answers');
    const answers = answer[Symbol.iterator]();
    const next = (): string => toHex((answers.next().value as { message(): Uint8Array }).message());
    expect([next(), next()]).toEqual([
      toHex(request('8488000001000300')),
      toHex(request('8488000001000300')),
    ]);
    expect(ask(request(SUBSYSTEM), state)).toBe('silence');
    // The other slot is free.
    expect(ask(request(`8409${SUBSYSTEM.slice(4)}`), state)).not.toBe('silence');
    expect(ask(request('84000000 02770000'), state)).toBe(toHex(request('84800000 00770200')));
    expect((answers.next().value as { message(): unknown }).message()).toBeUndefined();
    expect(ask(request(SUBSYSTEM), state)).toBe(right);
  });

  test('control primitives', () => {
    const state = drive();
    expect(ask(request('84000000 00050000'), state)).toBe(toHex(request('84800000 00050300')));
    expect(ask(request('84000000 03000000'), state)).toBe(toHex(request('84800000 00000080')));
    expect(ask(request('84000000 01000000'), state)).toBe(toHex(request('84800000 00000000')));
    expect(ask(request('84000000 02000000'), state)).toBe(toHex(request('84800000 00000000')));
    expect(ask(request('84000000 09000000'), state)).toBe(toHex(request('84800000 03000000')));
  });
});
