import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { loadNative } from '../../src/os/native-module';
import { machineOrder } from './machine-order';
import {
  decodeNetlinkMessages,
  encodeNetlinkAddress,
  encodeNetlinkMessage,
  type NetlinkMessage,
  NetlinkOption,
  NetlinkSocket,
} from '../../src/os/netlink';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { until } from './until';

expectNoDescriptorLeft();

const native = loadNative();
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const NLMSG_DONE = 3;

test('RTM_GETLINK dump: the kernel lists its links, lo among them, in a multi-part answer', async () => {
  const heard: NetlinkMessage[] = [];
  const errors: number[] = [];
  const socket = NetlinkSocket.open(native, {
    message: (message) => heard.push(message),
    failed: (errno) => errors.push(errno),
  });
  socket.setOption(NetlinkOption.strictCheck, 1);
  socket.setOption(NetlinkOption.extendedAck, 1);
  const sent = socket.send({ type: RTM_GETLINK, flags: 0x301, sequence: 77, payload: new Uint8Array(16) });
  expect(sent).toBe(32);
  await until(() => heard.some((each) => each.type === NLMSG_DONE), 'the end of the dump');
  socket.close();
  expect(errors).toEqual([]);
  const links = heard.filter((each) => each.type === RTM_NEWLINK);
  expect(links.some((each) => Buffer.from(each.payload).includes('lo\0'))).toBe(true);
  expect(new Set(heard.map((each) => each.sequence))).toEqual(new Set([77]));
});

test('a listener that closes in the middle of a datagram hears no more of it', async () => {
  let heard = 0;
  const socket = NetlinkSocket.open(native, {
    message: () => {
      heard++;
      socket.close();
    },
    failed: () => undefined,
  });
  socket.send({ type: RTM_GETLINK, flags: 0x301, sequence: 1, payload: new Uint8Array(16) });
  await until(() => heard > 0, 'the first link');
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toBe(1);
});

test('a message of another process is not believed', async () => {
  const heard: NetlinkMessage[] = [];
  const socket = NetlinkSocket.open(native, { message: (each) => heard.push(each), failed: () => undefined });
  const port = process.pid;
  const liar = native.socket(16, 3, 0);
  // The first netlink socket of a process gets its pid as port.
  native.send(
    liar,
    encodeNetlinkMessage({ type: RTM_NEWLINK, flags: 0, sequence: 666, payload: new Uint8Array(16) }),
    encodeNetlinkAddress(port),
    0,
  );
  socket.send({ type: RTM_GETLINK, flags: 0x301, sequence: 1, payload: new Uint8Array(16) });
  await until(() => heard.some((each) => each.type === NLMSG_DONE), 'the end of the dump');
  expect(heard.filter((each) => each.sequence === 666)).toEqual([]);
  native.closeFd(liar);
  socket.close();
});

test('a link dump request has the bytes the kernel expects', () => {
  const payload = Uint8Array.of(0x2d, ...new Uint8Array(15));
  expect(toHex(encodeNetlinkMessage({ type: 18, flags: 0x301, sequence: 1, payload }))).toBe(
    machineOrder('{20000000}{1200}{0103}{01000000}{00000000}') + '2d000000000000000000000000000000',
  );
  expect(toHex(encodeNetlinkAddress(5, 1))).toBe(machineOrder('{1000}0000{05000000}{01000000}'));
});

test('messages are found at multiples of four; a damaged rest is left out, and said', () => {
  const one = encodeNetlinkMessage({ type: 1, flags: 2, sequence: 3, payload: Uint8Array.of(9) });
  const two = encodeNetlinkMessage({ type: 4, flags: 0, sequence: 5, payload: new Uint8Array(0) });
  const both = Buffer.concat([one, new Uint8Array(3), two, Uint8Array.of(0xff, 0xff, 0xff, 0xff)]);
  const found = (bytes: Uint8Array): unknown[] => {
    const { messages, damaged } = decodeNetlinkMessages(bytes);
    return [...messages.map((each) => [each.type, each.payload.length]), damaged];
  };
  expect(found(both)).toEqual([[1, 1], [4, 0], true]);
  expect(found(both.subarray(0, 36))).toEqual([[1, 1], [4, 0], false]);
  // The last one need not be filled up.
  expect(found(both.subarray(0, 17))).toEqual([[1, 1], false]);
  expect(found(both.subarray(0, 16))).toEqual([true]);
  expect(found(new Uint8Array(0))).toEqual([false]);
});

test('any bytes decode without a throw into messages that were there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(60), (bytes, length) => {
      if (bytes.length >= 4) bytes.set(new Uint8Array(Uint32Array.of(length).buffer));
      const total = decodeNetlinkMessages(bytes).messages.reduce(
        (sum, each) => sum + 16 + each.payload.length,
        0,
      );
      expect(total).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
