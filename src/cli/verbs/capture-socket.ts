import { CLIENT_SOCKET } from '../../client/socket-wire';
import { CAPTURE_SOCKET } from '../../demux/capture-server';
import { clientSocket } from '../../scan/open-client';
import { CliError } from '../output/failure';
import type { Session } from './context';

/**
 * The capture socket of the daemon on the bus. All sockets of a daemon have the same suffix (R-DBUS-51 shows one of them),
 * so that a second daemon on the machine is not taken for it.
 * @throws CliError where the daemon shows no socket to tell it from
 */
export async function captureSocket(session: Session): Promise<string> {
  const plain = `@${CLIENT_SOCKET}`;
  const shown = await session.attempt('asking for the socket', {}, () => clientSocket(session.bus));
  if (shown.startsWith(plain)) return `@${CAPTURE_SOCKET}${shown.slice(plain.length)}`;
  throw new CliError('the daemon on this bus does not tell its sockets', [
    `--socket @${CAPTURE_SOCKET}   (the usual name)`,
    'journalctl -u mctp-endpointd   (was a name taken by another daemon?)',
  ]);
}
