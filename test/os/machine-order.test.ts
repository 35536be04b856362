import { machineOrder } from './machine-order';

test('numbers in braces are turned round on a big-endian machine, all else stays', () => {
  expect(machineOrder('{2d00} 0000 {01000000}0908', true)).toBe('2d000000010000000908');
  expect(machineOrder('{2d00} 0000 {01000000}0908', false)).toBe('002d0000000000010908');
});
