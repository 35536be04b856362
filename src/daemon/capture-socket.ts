import { describeError } from '../base/errors';
import { CAPTURE_SOCKET, type CaptureServer } from '../demux/capture-server';
import { printableName } from '../os/unix-address';
import type { Platform } from './platform';

/** Begins to serve captures. A name that is taken, or a helper that is not built, leaves the daemon without. */
export function openCapture(server: CaptureServer, { log, listen, socketAddress }: Platform): void {
  const address = socketAddress(CAPTURE_SOCKET);
  try {
    server.listen(listen, address);
  } catch (error) {
    log.warn('no socket for captures', { socket: printableName(address), cause: describeError(error) });
  }
}
