import { read } from 'node:fs';

/** What is needed of an open port of npm `serialport` on Linux. */
export interface PolledLine {
  readonly fd: number | null;
  readonly isOpen: boolean;
  readonly poller: { once(event: 'readable', callback: (error: Error | null) => void): unknown };
}

export interface LineRead {
  readonly buffer: Buffer;
  readonly bytesRead: number;
}

/**
 * Reads as `serialport` does, but takes end of file for the hang-up it is. Its own loop reads a hung-up tty again and
 * again, using up a whole processor and never telling, whenever the hang-up falls between two polls.
 * @returns at least one byte
 * @throws what ends the port; with `canceled` where it was closed by us
 */
export async function readLine(
  line: PolledLine,
  into: Buffer,
  offset: number,
  length: number,
): Promise<LineRead> {
  for (;;) {
    if (!line.isOpen || line.fd === null) throw closedByUs();
    const result = await readOnce(line.fd, into.subarray(offset, offset + length));
    if (result === 0) throw new Error('end of file on the tty');
    if (typeof result === 'number') return { buffer: into, bytesRead: result };
    if (result.code !== 'EAGAIN' && result.code !== 'EINTR') throw result;
    await readable(line);
  }
}

function readOnce(fd: number, into: Buffer): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    read(fd, into, 0, into.length, null, (error, bytesRead) => resolve(error ?? bytesRead));
  });
}

function readable(line: PolledLine): Promise<void> {
  // The port may have been closed during the read, and asking a poller that is destroyed crashes the process.
  if (!line.isOpen) return Promise.reject(closedByUs());
  return new Promise((resolve, reject) => {
    line.poller.once('readable', (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function closedByUs(): Error {
  return Object.assign(new Error('the port is closed'), { canceled: true });
}
