import { systemClock, type Clock } from '../base/clock';
import { loadNative } from '../os/native-module';
import { daemonSocket } from './daemon-socket';
import { clientErrorOf } from './error-mapping';
import { SocketClient } from './socket-client';
import { CLIENT_SOCKET } from './socket-wire';

export interface ConnectClientOptions {
  /** The daemon's socket, as its property `Manager1.ClientSocket` shows it: `@` for an abstract name. */
  readonly socket?: string;
  /** Network to be in, 1..2147483647. Default: the daemon's default network. */
  readonly network?: number | undefined;
  /** Of its time limits. Default: the system's. */
  readonly clock?: Clock;
}

/**
 * A client of the running daemon.
 * @throws MctpError of the client API: `InternalError` when no daemon is there, it does not want us, or the native helper is not
 *   built (see `cause`); `BadArgument` when there is no such network
 */
export async function connectClient(options: ConnectClientOptions = {}): Promise<SocketClient> {
  const { socket = `@${CLIENT_SOCKET}`, network, clock = systemClock } = options;
  const name = socket.startsWith('@') ? `\0${socket.slice(1)}` : socket;
  try {
    const connector = daemonSocket({ ops: loadNative(), clock, name });
    return await SocketClient.connect({ connector, clock, network });
  } catch (error) {
    throw clientErrorOf(error);
  }
}
