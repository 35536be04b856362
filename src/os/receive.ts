import { MAX_MESSAGE } from '../base/ids';
import { Errno } from './errno';
import { MSG_TRUNC, type NativeModule, type Received } from './native-module';

/** Messages taken per wake-up, so that one busy peer cannot starve the others; poll is level-triggered and calls again. */
export const DRAIN_LIMIT = 64;

/** Our own protocols put their head in front of a message: 20 bytes on the client socket (R-API-37) and less elsewhere. */
const HEAD_ROOM = 64;

/** One buffer for everybody: a receive and the copy out of it happen in one go, and nothing keeps a view of it. */
const scratch = new Uint8Array(MAX_MESSAGE + HEAD_ROOM);

export type ReceiveOps = Pick<NativeModule, 'recv'>;

export interface Drain {
  /** False ends the drain: asked before each receive, since every call to `message` may close or pause the socket. */
  wanted(): boolean;
  /** `bytes` are a copy of the receiver's own. */
  message(bytes: Uint8Array, address: Uint8Array | undefined): void;
  /** A message longer than 65600 bytes was cut by the kernel and is dropped; `length` is its true length. */
  oversized(length: number): void;
  /** Zero length: end of file on a connected socket. */
  empty(address: Uint8Array | undefined): void;
}

/** Receives until nothing is left, `limit` messages were taken or nobody wants more. Gives 0, or the positive errno. */
export function drain(ops: ReceiveOps, fd: number, sink: Drain, limit: number = DRAIN_LIMIT): number {
  for (let taken = 0; taken < limit && sink.wanted(); taken++) {
    const received = ops.recv(fd, scratch);
    if (typeof received === 'number') {
      if (-received === Errno.EAGAIN) return 0;
      if (-received !== Errno.EINTR) return -received;
      continue;
    }
    deliver(received, sink);
  }
  return 0;
}

function deliver([length, flags, address]: Received, sink: Drain): void {
  if ((flags & MSG_TRUNC) !== 0 || length > scratch.length) sink.oversized(length);
  else if (length === 0) sink.empty(address);
  else sink.message(scratch.slice(0, length), address);
}
