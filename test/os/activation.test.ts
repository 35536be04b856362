import fc from 'fast-check';
import { isListeningSeqpacket, parseActivation, withoutActivation } from '../../src/os/activation';
import { loadNative } from '../../src/os/native-module';
import { expectNoDescriptorLeft } from '../support/descriptors';

expectNoDescriptorLeft();

const native = loadNative();

test('R-DEMUX-4, R-CONS-41 descriptors 3 and up with their names', () => {
  const env = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'demux:' };
  expect(parseActivation(env, 42)).toEqual([
    { fd: 3, name: 'demux' },
    { fd: 4, name: 'unknown' },
  ]);
  expect(parseActivation({ LISTEN_PID: '42', LISTEN_FDS: '1' }, 42)).toEqual([{ fd: 3, name: 'unknown' }]);
});

test.each([
  ['no variables', {}],
  ['another process', { LISTEN_PID: '43', LISTEN_FDS: '1' }],
  ['no pid', { LISTEN_FDS: '1' }],
  ['none', { LISTEN_PID: '42', LISTEN_FDS: '0' }],
  ['a negative count', { LISTEN_PID: '42', LISTEN_FDS: '-1' }],
  ['hexadecimal', { LISTEN_PID: '42', LISTEN_FDS: '0x1' }],
  ['too many', { LISTEN_PID: '42', LISTEN_FDS: '4294967297' }],
  ['a blank', { LISTEN_PID: '42', LISTEN_FDS: ' 1' }],
])('R-DEMUX-4 %s: nothing is adopted', (_, env) => {
  expect(parseActivation(env, 42)).toEqual([]);
});

test('any text in the variables gives descriptors from 3 to 1026 or none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String)), fc.string(), (count, names) => {
      const found = parseActivation({ LISTEN_PID: '1', LISTEN_FDS: count, LISTEN_FDNAMES: names }, 1);
      expect(found.every((each, index) => each.fd === 3 + index && each.name !== '')).toBe(true);
      expect(found.length).toBeLessThanOrEqual(1024);
    }),
  );
});

test('children do not inherit the variables', () => {
  expect(withoutActivation({ LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'a', PATH: '/bin' })).toEqual({
    PATH: '/bin',
  });
});

test('R-DEMUX-4 other kinds of descriptors are not taken, and none of them is an error', () => {
  const stream = native.socket(1, 1, 0);
  const netlink = native.socket(16, 3, 0);
  const file = native.open('/dev/null', 0);
  for (const fd of [stream, netlink, file, 987654]) expect(isListeningSeqpacket(native, fd)).toBe(false);
  for (const fd of [stream, netlink, file]) native.closeFd(fd);
});
