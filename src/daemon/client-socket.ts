import { describeError } from '../base/errors';
import { ClientService } from '../client/client-service';
import { CLIENT_SOCKET, MAX_FRAME } from '../client/socket-wire';
import type { DaemonConfig } from '../config/schema';
import type { Net, NetLink } from '../core/net';
import { Census } from '../demux/census';
import { ClientServer } from '../demux/client-server';
import type { Role } from '../discovery/registry';
import { DRAIN_LIMIT } from '../os/receive';
import { printableName } from '../os/unix-address';
import type { Platform } from './platform';

export interface ClientSocketParts {
  readonly config: Pick<DaemonConfig, 'defaultNetwork' | 'demux'>;
  readonly platform: Platform;
  readonly net: Net;
  readonly role: (link: NetLink) => Role;
}

/** The socket of the client API, with what the configuration says about it. */
export class ClientSocket {
  private server: ClientServer | undefined;
  private address = '';

  constructor(private readonly parts: ClientSocketParts) {}

  /** As `Manager1.ClientSocket` shows it: `@mctp-client`, empty when there is none (R-DBUS-51). */
  get name(): string {
    return printableName(this.address);
  }

  /**
   * Begins to serve. A name that is taken, or a helper that is not built, leaves the daemon without the socket.
   * @throws MctpError `name-taken` and what else there is, where the configuration requires the sockets (R-DEMUX-3)
   */
  open(): void {
    const { config, platform, net, role } = this.parts;
    const { clock, log, listen, ownUid } = platform;
    const { demux, defaultNetwork } = config;
    // What a bus owner has assigned is not ours to change (R-API-20).
    const mayChangeEid = (link: NetLink): boolean => link.backend === 'user' && role(link) === 'BusOwner';
    const address = platform.socketAddress(CLIENT_SOCKET);
    try {
      this.server = new ClientServer({
        ...{ clock, log, listen, name: address },
        service: new ClientService({ net, clock, log, defaultNetwork, mayChangeEid }),
        policy: { ownUid, rules: demux.allow },
        census: new Census({ clients: demux.maxClients, perUid: demux.maxPerUid }),
        // However small the limits: what one wake-up takes in is answered before reading can stop (R-DEMUX-33).
        queue: {
          frames: Math.max(demux.queueFrames, DRAIN_LIMIT),
          bytes: Math.max(demux.queueBytes, MAX_FRAME),
        },
      });
      this.address = address;
    } catch (error) {
      if (demux.required) throw error;
      log.error('no socket for clients', { socket: printableName(address), cause: describeError(error) });
    }
  }

  /** Disconnects every client. Idempotent. */
  close(): void {
    this.server?.close();
    this.server = undefined;
  }
}
