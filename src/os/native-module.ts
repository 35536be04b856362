import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import load from 'node-gyp-build';
import { MctpError } from '../base/errors';

/** Event bits of {@link FdWatcher}, as libuv numbers them. */
export const PollEvent = { readable: 1, writable: 2, disconnect: 4, prioritised: 8 } as const;

/** Socket flags and bits the callers need. */
export const MSG_TRUNC = 0x20;

/** Readiness of one descriptor. It owns the descriptor: {@link FdWatcher.close} closes it, and nobody else may. */
export interface FdWatcher {
  /** Watches for the sum of {@link PollEvent} bits; on a running watcher it changes the mask. Throws EEXIST, EINVAL. */
  start(events: number): void;
  stop(): void;
  /** Stops and closes the descriptor; again, it does nothing. */
  close(): void;
  ref(): void;
  unref(): void;
}

/**
 * `status` 0 with the events that are due, or a negative errno and 0: the watcher has then stopped, and `start` may be
 * called again once the cause (mostly a socket error to be fetched by `recv`) is gone.
 */
export type WatcherCallback = (status: number, events: number) => void;

/** True length (larger than the buffer when the message was cut), `msg_flags`, and the sender where the family has one. */
export type Received = readonly [length: number, flags: number, address?: Uint8Array];

/**
 * The native helper. Every call returns at once. Results are zero or positive; a negative number is an errno that may
 * happen in a correct program (EAGAIN, EADDRINUSE, ...). An Error with `code`, `errno` and `syscall` is thrown for a
 * defect of the caller: wrong argument types, EBADF, ENOTSOCK, EFAULT. New descriptors are close-on-exec and non-blocking.
 */
export interface NativeModule {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  connect(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  /** `null`: nobody waits. */
  accept(fd: number): number | null;
  /** MSG_NOSIGNAL and MSG_DONTWAIT are always added. */
  send(fd: number, bytes: Uint8Array, address: Uint8Array | null, flags: number): number;
  recv(fd: number, into: Uint8Array): Received | number;
  getsockopt(fd: number, level: number, option: number, size: number): Uint8Array | number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number;
  getsockname(fd: number): Uint8Array | number;
  /** Only for descriptors no {@link FdWatcher} owns. */
  closeFd(fd: number): number;
  openpty(): readonly [master: number, slave: number, slavePath: string] | number;
  setLineDiscipline(fd: number, discipline: number): number;
  /** Raw 8N1 without flow control; `baud` 0 leaves the speed alone. */
  setRaw(fd: number, baud: number): number;
  /** Never creates. O_CLOEXEC, O_NONBLOCK and O_NOCTTY are always added. */
  open(path: string, flags: number): number;
  read(fd: number, into: Uint8Array, position: number | null): number;
  write(fd: number, bytes: Uint8Array): number;
  /** For requests that return at once and hold no pointer; `argument` is read and written in place. */
  ioctl(fd: number, request: number, argument: Uint8Array | null): number;
  readonly FdWatcher: new (fd: number, callback: WatcherCallback) => FdWatcher;
}

/**
 * Loads the helper; later calls give the same module.
 * @throws MctpError 'not-supported' when it has not been built, saying what to run.
 */
export function loadNative(root: string = packageRoot(__dirname)): NativeModule {
  let loaded: unknown;
  try {
    loaded = load(root);
  } catch (cause) {
    throw notBuilt(root, cause);
  }
  // On systems other than Linux the build target is empty, and an old build may lack a function.
  if (!isNativeModule(loaded)) throw notBuilt(root);
  return loaded;
}

/** The nearest folder upwards with binding.gyp and package.json: the checkout, or the installed package. */
export function packageRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'binding.gyp')) && existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) {
      throw new MctpError(
        'not-supported',
        `no folder with binding.gyp at or above ${from}; reinstall the package`,
      );
    }
  }
}

function notBuilt(root: string, cause?: unknown): MctpError {
  return new MctpError(
    'not-supported',
    `the native helper is not built in ${root} (it needs Linux, g++, make and python3); ` +
      'run `npm rebuild mctp-endpoint-manager`, or `npx node-gyp-build` in a checkout',
    {},
    { cause },
  );
}

function isNativeModule(value: unknown): value is NativeModule {
  return typeof value === 'object' && value !== null && 'FdWatcher' in value && 'setRaw' in value;
}
