import type { MctpError } from '../../src/base/errors';
import { Errno } from '../../src/os/errno';
import { MSG_TRUNC, PollEvent } from '../../src/os/native-module';
import { DRAIN_LIMIT } from '../../src/os/receive';
import { SeqpacketConnection } from '../../src/os/seqpacket-connection';
import { FakeSocketOps } from './fake-native';

const { readable, writable, disconnect } = PollEvent;
const LIMITS = { frames: 3, bytes: 100 };

function connected(): {
  ops: FakeSocketOps;
  connection: SeqpacketConnection;
  heard: Uint8Array[];
  events: string[];
  onMessage: { run: () => void };
} {
  const ops = new FakeSocketOps();
  const connection = new SeqpacketConnection(ops, 7, LIMITS);
  const heard: Uint8Array[] = [];
  const events: string[] = [];
  const onMessage = { run: (): void => undefined };
  connection.start({
    message(bytes) {
      heard.push(bytes);
      onMessage.run();
    },
    writable: () => events.push('writable'),
    closed: (cause: MctpError | undefined) => events.push(cause === undefined ? 'ended' : cause.message),
    oversized: (length) => events.push(`oversized ${length}`),
  });
  return { ops, connection, heard, events, onMessage };
}

const frame = (value: number, length = 4): Uint8Array => new Uint8Array(length).fill(value);

test('R-DEMUX-40 the peer’s credentials are there before anything is read', () => {
  const { connection } = connected();
  expect(connection.credentials).toEqual({ pid: 42, uid: 1000, gid: 100 });
});

test('nothing is watched before somebody listens', () => {
  const ops = new FakeSocketOps();
  new SeqpacketConnection(ops, 7, LIMITS);
  expect(ops.watcher.masks).toEqual([]);
});

describe('sending', () => {
  test('what the kernel takes is sent at once and WRITABLE is not asked for', () => {
    const { ops, connection } = connected();
    expect(connection.send(frame(1))).toBe('sent');
    expect(ops.watcher.masks).toEqual([readable]);
  });

  test('pitfall 8, R-DEMUX-30: EAGAIN queues, WRITABLE flushes in order, and is given up when all is out', () => {
    const { ops, connection, events } = connected();
    ops.sendResults.push(-Errno.EAGAIN);
    expect([1, 2, 3].map((value) => connection.send(frame(value)))).toEqual(['queued', 'queued', 'queued']);
    expect(ops.watcher.mask).toBe(readable + writable);
    ops.sendResults.push(4, -Errno.EAGAIN);
    ops.watcher.fire(writable);
    expect(connection.backlog).toEqual({ frames: 2, bytes: 8 });
    expect(events).toEqual([]);
    ops.watcher.fire(writable);
    expect(ops.sent).toEqual([frame(1), frame(2), frame(3)]);
    expect(ops.watcher.mask).toBe(readable);
    expect(events).toEqual(['writable']);
  });

  test('a frame behind a queue waits for it, although the kernel would take it', () => {
    const { ops, connection } = connected();
    ops.sendResults.push(-Errno.EAGAIN);
    connection.send(frame(1));
    expect(connection.send(frame(2))).toBe('queued');
    expect(ops.sent).toEqual([]);
  });

  test('R-DEMUX-31 the frame that would pass a limit is refused, in frames and in bytes', () => {
    const { ops, connection } = connected();
    ops.sendResults.push(-Errno.EAGAIN);
    expect([1, 2, 3, 4].map((value) => connection.send(frame(value)))).toEqual([
      'queued',
      'queued',
      'queued',
      'full',
    ]);
    const other = connected();
    other.ops.sendResults.push(-Errno.EAGAIN);
    expect(other.connection.send(frame(1, 60))).toBe('queued');
    expect(other.connection.send(frame(1, 41))).toBe('full');
    expect(other.connection.send(frame(1, 40))).toBe('queued');
  });

  test('the caller may reuse its buffer while the frame waits', () => {
    const { ops, connection } = connected();
    const bytes = frame(1);
    ops.sendResults.push(-Errno.EAGAIN);
    connection.send(bytes);
    bytes.fill(9);
    ops.watcher.fire(writable);
    expect(ops.sent).toEqual([frame(1)]);
  });

  test('pitfall 10: an empty message is never sent', () => {
    const { connection } = connected();
    expect(() => connection.send(new Uint8Array(0))).toThrow(RangeError);
  });

  test('pitfall 11: EMSGSIZE is too-long, EPIPE is closed and keeps what the peer still said', () => {
    const { ops, connection, heard, events } = connected();
    ops.sendResults.push(-Errno.EMSGSIZE, -Errno.EPIPE);
    expect(connection.send(frame(1))).toBe('too-long');
    expect(connection.send(frame(1))).toBe('closed');
    ops.inbox.push({ bytes: frame(5) }, [0, 0]);
    ops.watcher.fire(readable);
    expect(heard).toEqual([frame(5)]);
    expect(events).toEqual(['ended']);
    expect(connection.send(frame(1))).toBe('closed');
  });

  test('R-DEMUX-34 EPIPE while flushing forgets the queue and does not spin', () => {
    const { ops, connection, events } = connected();
    ops.sendResults.push(-Errno.EAGAIN);
    connection.send(frame(1));
    ops.sendResults.push(-Errno.EPIPE);
    ops.watcher.fire(writable);
    expect(ops.watcher.mask).toBe(readable);
    expect(events).toEqual([]);
    expect(connection.backlog.frames).toBe(0);
  });
});

describe('receiving', () => {
  test('pitfall 7, R-DEMUX-33: at most 64 messages are taken per wake-up', () => {
    const { ops, heard } = connected();
    for (let i = 0; i < 100; i++) ops.inbox.push({ bytes: frame(i) });
    ops.watcher.fire(readable);
    expect(heard).toHaveLength(DRAIN_LIMIT);
    ops.watcher.fire(readable);
    expect(heard).toHaveLength(100);
  });

  test('messages are the listener’s own', () => {
    const { ops, heard } = connected();
    ops.inbox.push({ bytes: frame(1) }, { bytes: frame(2) });
    ops.watcher.fire(readable);
    expect(heard).toEqual([frame(1), frame(2)]);
  });

  test('pitfall 6: after a close in the middle nothing more is delivered', () => {
    const { ops, connection, heard, events, onMessage } = connected();
    onMessage.run = () => connection.close();
    ops.inbox.push({ bytes: frame(1) }, { bytes: frame(2) });
    ops.watcher.fire(readable + writable);
    expect(heard).toHaveLength(1);
    expect(events).toEqual([]);
    expect(ops.watcher.isClosed).toBe(true);
  });

  test('R-DEMUX-33 pause in the middle stops there, and only the end is watched for', () => {
    const { ops, connection, heard, events, onMessage } = connected();
    onMessage.run = () => connection.pause();
    ops.inbox.push({ bytes: frame(1) }, { bytes: frame(2) });
    ops.watcher.fire(readable);
    expect(heard).toHaveLength(1);
    expect(ops.watcher.mask).toBe(disconnect);
    connection.resume();
    expect(ops.watcher.mask).toBe(readable);
    ops.watcher.fire(readable);
    expect(heard).toHaveLength(2);
    connection.pause();
    ops.watcher.fire(disconnect);
    expect(events).toEqual(['ended']);
  });

  test('pitfall 9: a message above the longest is dropped and counted, the next is delivered', () => {
    const { ops, heard, events } = connected();
    ops.inbox.push([70_000, MSG_TRUNC], { bytes: frame(2) });
    ops.watcher.fire(readable);
    expect(events).toEqual(['oversized 70000']);
    expect(heard).toEqual([frame(2)]);
  });

  test('a reset is not the end: what was sent before it is delivered first', () => {
    const { ops, heard, events } = connected();
    ops.inbox.push(-Errno.ECONNRESET);
    ops.watcher.fire(0, -Errno.EBADF);
    expect(events).toEqual([]);
    expect(ops.watcher.masks).toEqual([readable, readable]);
    ops.inbox.push({ bytes: frame(1) }, [0, 0]);
    ops.watcher.fire(readable);
    expect(heard).toEqual([frame(1)]);
    expect(events).toEqual(['ended']);
  });

  test('a watcher that fails without a reason closes the connection instead of spinning', () => {
    const { ops, events } = connected();
    ops.watcher.fire(0, -Errno.EBADF);
    expect(events).toEqual(['ended']);
    expect(ops.watcher.isClosed).toBe(true);
  });

  test('another receive error closes with its cause', () => {
    const { ops, events } = connected();
    ops.inbox.push(-Errno.ENOMEM);
    ops.watcher.fire(readable);
    expect(events).toEqual(['receiving from a seqpacket socket failed: ENOMEM']);
  });
});
