import { Errno } from '../../src/os/errno';
import { FdStream } from '../../src/os/fd-stream';
import { PollEvent } from '../../src/os/native-module';
import type { WatcherCallback } from '../../src/os/native-module';
import { FakeWatcher } from './fake-native';

/** A stream whose writes are answered from a script; beyond it everything is taken. */
function scripted(...results: number[]): { stream: FdStream; watcher: FakeWatcher; writes: number[] } {
  const watchers: FakeWatcher[] = [];
  const writes: number[] = [];
  const ops = {
    read: () => -Errno.EAGAIN,
    write: (_fd: number, bytes: Uint8Array): number => {
      writes.push(bytes.length);
      if (writes.length > 10) throw new Error('spinning');
      return results.shift() ?? bytes.length;
    },
    FdWatcher: class extends FakeWatcher {
      constructor(fd: number, callback: WatcherCallback) {
        super(fd, callback);
        watchers.push(this);
      }
    },
  };
  const stream = new FdStream(ops, 3, { frames: 4, bytes: 100 });
  stream.start({ data: () => undefined, closed: () => undefined });
  const [watcher] = watchers;
  if (watcher === undefined) throw new Error('nothing is watched');
  return { stream, watcher, writes };
}

test('a device that takes nothing at all is asked again when it is ready, not in a loop', () => {
  const { stream, watcher, writes } = scripted(2, 0);
  expect(stream.write(Uint8Array.of(1, 2, 3))).toBe('queued');
  watcher.fire(PollEvent.writable);
  expect([writes, stream.backlog]).toEqual([[3, 1], 1]);
  watcher.fire(PollEvent.writable);
  expect([stream.backlog, watcher.mask]).toEqual([0, PollEvent.readable]);
});

test('the rest of a frame whose beginning is out passes the limits; a whole one does not', () => {
  const { stream } = scripted(1, -Errno.EAGAIN);
  expect(stream.write(new Uint8Array(200))).toBe('queued');
  expect(stream.write(new Uint8Array(1))).toBe('full');
  expect(stream.backlog).toBe(199);
});
