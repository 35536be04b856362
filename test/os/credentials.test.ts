import { decodeCredentials, peerCredentials } from '../../src/os/credentials';

test('pid is signed, uid and gid are not', () => {
  const bytes = new Uint8Array(Uint32Array.of(0xffff_ffff, 0xffff_fffe, 5).buffer);
  expect(decodeCredentials(bytes)).toEqual({ pid: -1, uid: 0xffff_fffe, gid: 5 });
});

test('a short or failed answer never reads as root', () => {
  expect(() => decodeCredentials(new Uint8Array(4))).toThrow(RangeError);
  expect(() => peerCredentials({ getsockopt: () => -92 }, 3)).toThrow(/credentials of a peer: errno 92/);
});
