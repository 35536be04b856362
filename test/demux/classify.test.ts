import { correlationKey, isMoreProcessing, kindOf } from '../../src/demux/classify';
import { hex } from '../support/vectors';

test.each([
  ['PLDM GetTID', '01810002', 'request'],
  ['PLDM, not to be answered', '01c10002', 'request'],
  ['PLDM answer', '010100020009', 'response'],
  ['PLDM, cut short', '01', 'unknown'],
  ['NVMe-MI command, slot 1', '84090000', 'request'],
  ['NVMe-MI answer', '84890000', 'response'],
  ['NVMe-MI, cut short', '84', 'unknown'],
  ['SPDM GET_VERSION', '05108400', 'request'],
  ['SPDM VERSION', '05100400', 'response'],
  ['SPDM, cut short', '0510', 'unknown'],
  ['vendor', '7e80ff', 'unknown'],
  ['nothing', '', 'unknown'],
] as const)('R-DEMUX-21, R-CONS-40 %s: %s is a %s', (_, message, kind) => {
  expect(kindOf(hex(message))).toBe(kind);
});

test('R-DEMUX-22 a PLDM answer goes with its instance ID, type and command, an NVMe-MI one with its slot', () => {
  const key = (message: string): number | undefined => correlationKey(hex(message));
  expect(key('01810002')).toBe(key('0101000200'));
  // The header version and the bits for asynchronous messages are not part of it.
  expect(key('01c14002')).toBe(key('0101000200'));
  expect(new Set(['01810002', '01820002', '01810102', '01810003'].map(key)).size).toBe(4);
  expect(key('018100')).toBeUndefined();
  expect(key('8408')).toBe(key('84880000'));
  expect(key('8409')).not.toBe(key('84880000'));
  expect(key('84')).toBeUndefined();
  expect(key('05108400')).toBeUndefined();
});

test.each([
  ['the status', '8488000001', true],
  ['success', '8488000000', false],
  ['a request', '8408000001', false],
  ['another type', '0588000001', false],
  ['too short', '84880000', false],
])('R-DEMUX-45 more processing required: %s', (_, message, is) => {
  expect(isMoreProcessing(hex(message))).toBe(is);
});
