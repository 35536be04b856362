import fc from 'fast-check';
import { toHex } from '../../../src/base/bytes';
import { react, type DeviceState } from '../../../src/sim/behaviours/behaviour';
import { control } from '../../../src/sim/behaviours/control';
import { silent } from '../../../src/sim/behaviours/silent';
import { PLAIN_DEVICE, type DeviceProfile } from '../../../src/sim/profile';
import { hex } from '../../support/vectors';

function device(profile: Partial<DeviceProfile> = {}, now = 0): DeviceState {
  const whole = { ...PLAIN_DEVICE, ...profile };
  return {
    profile: whole,
    eid: whole.eid,
    pool: undefined,
    downstream: [],
    drive: undefined,
    now: () => now,
  };
}

function ask(request: string, state: DeviceState): string {
  const answer = react([silent, control], hex(request), state);
  return answer instanceof Uint8Array ? toHex(answer) : 'silence';
}

const UUID = hex('595a522d77c546288400 37bfb41b710d');

// Bytes by hand from DSP0236 §12: type, IID, command, completion code, data.
describe('a simulated device answers', () => {
  test.each([
    ['Get Endpoint ID before assignment', '008002', {}, '00000200000000'],
    ['Get Endpoint ID with an EID it came with', '008502', { eid: 50 }, '00050200320000'],
    ['Get Endpoint ID as a bridge', '008002', { poolSize: 2 }, '00000200001000'],
    ['Set Endpoint ID', '0081010009', {}, '00010100000900'],
    ['Set Endpoint ID, keeping its own', '0081010009', { answersEid: 20 }, '00010100101400'],
    ['Set Endpoint ID, wanting a pool', '008101000b', { poolSize: 2 }, '00010100010b02'],
    ['Set Endpoint ID to a reserved EID', '0081010007', {}, '00010102'],
    ['Set Endpoint ID, too short', '00810100', {}, '00010103'],
    ['Get Endpoint UUID', '008603', { uuid: UUID }, '00060300595a522d77c54628840037bfb41b710d'],
    ['Get Endpoint UUID, not supported', '008603', {}, '00060305'],
    ['Get Version Support of the base', '008704ff', {}, '0007040001f1f3f100'],
    ['Get Version Support of a type it lacks', '00870401', {}, '00070480'],
    ['Get Message Type Support', '008805', { types: [0, 1, 4] }, '0008050003000104'],
    ['an unknown command', '008114', {}, '00011405'],
    ['a refused command', '008805', { refuses: new Map([[5, 4]]) }, '00080504'],
  ] as const)('%s', (_name, request, profile, response) => {
    expect(ask(request, device(profile as Partial<DeviceProfile>))).toBe(response);
  });

  test.each([
    ['a simple endpoint', '008108000209', {}, '00010805'],
    ['a pool of none', '008108000009', { poolSize: 2 }, '00010802'],
    ['a pool of reserved EIDs', '008108000207', { poolSize: 2 }, '00010802'],
    ['a pool beyond the last EID', '0081080003fd', { poolSize: 3 }, '00010802'],
    ['the reserved operation', '008108030209', { poolSize: 2 }, '00010802'],
    ['nothing is held yet', '008108020000', { poolSize: 2 }, '00010800000000'],
    ['too short', '0081080002', { poolSize: 2 }, '00010803'],
    ['a bridge that refuses', '008108000209', { poolSize: 2, refuses: new Map([[8, 5]]) }, '00010805'],
  ] as const)('Allocate Endpoint IDs: %s', (_name, request, profile, response) => {
    expect(ask(request, device(profile as Partial<DeviceProfile>))).toBe(response);
  });

  test('R-DISC-60 R-DISC-61 the recorded Allocate Endpoint IDs is accepted once, later ones get the range in force', () => {
    const state = device({ poolSize: 2 });
    expect(ask('008d0800020c', state)).toBe('000d080000020c');
    expect(ask('008e08000320', state)).toBe('000e080001020c');
    expect(ask('008f08020000', state)).toBe('000f080000020c');
    // Only force replaces it.
    expect(ask('008008010320', state)).toBe('00000800000320');
    expect(ask('008108000209', state)).toBe('00010800010320');
  });

  test('vendor defined sets one by one, big-endian, 0xff after the last', () => {
    const state = device({
      vendorSets: [
        { format: 'pci', vendor: 0x8086, subtype: 1 },
        { format: 'iana', vendor: 40981, subtype: 2 },
      ],
    });
    expect(ask('00860600', state)).toBe('000606000100' + '80860001');
    expect(ask('00860601', state)).toBe('00060600ff01' + '0000a0150002');
    expect(ask('00860602', state)).toBe('00060602');
  });

  test('with the EID it was given from then on', () => {
    const state = device();
    ask('0081010009', state);
    expect(ask('008202', state)).toBe('00020200090000');
  });
});

describe('a simulated device stays silent', () => {
  test.each([
    ['when it is dead', '008002', { silent: true }],
    ['to a command it is told to ignore', '008805', { silentTo: new Set([5]) }],
    ['to a datagram', '00c002', {}],
    ['to a response', '000002', {}],
    ['to half a header', '0080', {}],
    ['to a type it does not have a behaviour for', '7e8086', {}],
  ] as const)('%s', (_name, request, profile) => {
    expect(ask(request, device(profile as Partial<DeviceProfile>))).toBe('silence');
  });

  test('until it is ready', () => {
    expect(ask('008002', device({ readyAfterMs: 100 }, 99))).toBe('silence');
    expect(ask('008002', device({ readyAfterMs: 100 }, 100))).toBe('00000200000000');
  });
});

test('random requests never throw and never get more than a baseline packet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (request) => {
      const answer = react([silent, control], request, device({ types: [0, 1], uuid: UUID }));
      return answer === 'silence' || (answer instanceof Uint8Array && answer.length <= 64);
    }),
  );
});
