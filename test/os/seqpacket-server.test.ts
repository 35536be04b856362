import { Errno } from '../../src/os/errno';
import type { SeqpacketListener } from '../../src/os/seqpacket-connection';
import { SeqpacketServer } from '../../src/os/seqpacket-server';
import { TestClock } from '../support/test-clock';
import { FakeSocketOps } from './fake-native';

const LIMITS = { frames: 256, bytes: 1 << 20 };
const NOBODY: SeqpacketListener = { message: () => undefined, closed: () => undefined };

test('a server without descriptors rests for 100 ms and says so, then accepts again', async () => {
  const ops = new FakeSocketOps();
  const clock = new TestClock();
  const failures: string[] = [];
  let accepted = 0;
  const server = SeqpacketServer.listen({
    ops,
    clock,
    limits: LIMITS,
    name: '\0x',
    accept: () => {
      accepted++;
      return undefined;
    },
    failed: (error) => failures.push(error.message),
  });
  const { watcher } = ops;
  ops.accepts.push(-Errno.EMFILE);
  watcher.fire(1);
  expect(failures).toEqual(['cannot accept a client on @x, trying again: EMFILE']);
  expect(watcher.mask).toBe(0);
  await clock.advance(100);
  expect(watcher.mask).toBe(1);
  ops.accepts.push(200);
  watcher.fire(1);
  expect(accepted).toBe(1);
  ops.accepts.push(-Errno.EMFILE);
  watcher.fire(1);
  server.close();
  expect(clock.timers).toBe(0);
});

test('a client that cannot be taken in, or whose acceptor throws, ends neither the server nor the process', () => {
  const ops = new FakeSocketOps();
  const failures: string[] = [];
  let asked = 0;
  const server = SeqpacketServer.listen({
    ops,
    clock: new TestClock(),
    limits: LIMITS,
    name: '\0x',
    accept: () => {
      if (asked++ === 0) throw new Error('defect');
      return NOBODY;
    },
    failed: (error) => failures.push(`${error.message}: ${String(error.cause)}`),
  });
  const { watcher } = ops;
  const credentials = jest.spyOn(ops, 'getsockopt').mockImplementationOnce(() => {
    throw new Error('gone');
  });
  ops.accepts.push(200, 201, 202);
  watcher.fire(1);
  expect(failures).toEqual([
    'cannot take in a client on @x: Error: gone',
    'cannot take in a client on @x: Error: defect',
  ]);
  expect([ops.closed, asked]).toEqual([[200], 2]);
  expect(ops.watchers.slice(1).map((each) => each.isClosed)).toEqual([true, false]);
  credentials.mockRestore();
  server.close();
});

test('a listening socket that reports an error is watched again after a rest', async () => {
  const ops = new FakeSocketOps();
  const clock = new TestClock();
  const options = { ops, clock, limits: LIMITS, name: '\0x', accept: () => NOBODY };
  const server = SeqpacketServer.listen(options);
  const { watcher } = ops;
  // The watcher has stopped by itself then.
  watcher.mask = 0;
  watcher.fire(0, -Errno.EBADF);
  await clock.advance(100);
  expect(watcher.mask).toBe(1);
  server.close();
});
