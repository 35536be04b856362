import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import type { QueueLimits } from '../os/frame-queue';
import type { SeqpacketConnection, SeqpacketListener } from '../os/seqpacket-connection';
import { Admission } from './admission';
import type { Census } from './census';
import type { Listen } from './client-server';
import type { AccessPolicy } from './credentials';
import { DemuxClient } from './demux-client';
import type { DemuxNetwork } from './demux-network';
import type { DemuxDrops } from './drops';
import { Seldom, SeldomEach } from './seldom';

/** R-DEMUX-9. */
const REGISTER_MS = 5000;

export interface DemuxServerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly drops: DemuxDrops;
  readonly listen: Listen;
  readonly policy: AccessPolicy;
  /** Over all sockets (R-DEMUX-42). */
  readonly census: Census;
  /** What waits for a client that does not read; beyond it the client is disconnected (R-DEMUX-31). */
  readonly queue: QueueLimits;
  /** Default: 5000. */
  readonly registerMs?: number;
}

/** A socket that is listened on. */
export interface DemuxSocket {
  /** Stops listening and disconnects its clients. Idempotent. */
  close(): void;
}

/** The demultiplexer's sockets and the clients on them. */
export class DemuxServer {
  /** Each with its clients. */
  private readonly sockets = new Map<DemuxSocket, ReadonlySet<DemuxClient>>();
  private readonly admission: Admission;
  private readonly failures: Seldom;
  private readonly lines: SeldomEach;

  constructor(private readonly parts: DemuxServerParts) {
    this.admission = new Admission(parts);
    this.failures = new Seldom(parts.clock);
    this.lines = new SeldomEach(parts.clock);
  }

  /** Clients that are connected, registered or not. */
  get size(): number {
    return [...this.sockets.values()].reduce((sum, clients) => sum + clients.size, 0);
  }

  /**
   * Takes clients of a network in by a socket of that name.
   * @param name with the NUL in front of an abstract one
   * @throws MctpError `name-taken`, `configuration`, `not-supported`
   */
  listen(name: string, network: DemuxNetwork): DemuxSocket {
    const { listen, queue, log } = this.parts;
    const clients = new Set<DemuxClient>();
    const listener = listen({
      name,
      limits: queue,
      accept: (connection) => this.accept(connection, network, clients),
      failed: (error) =>
        this.failures.say((suppressed) => log.error(error.message, suppressed > 0 ? { suppressed } : {})),
    });
    const socket = {
      close: () => {
        listener.close();
        for (const client of [...clients]) client.end();
        this.sockets.delete(socket);
      },
    };
    this.sockets.set(socket, clients);
    return socket;
  }

  /** Stops listening and disconnects everybody. Idempotent. */
  close(): void {
    for (const socket of [...this.sockets.keys()]) socket.close();
  }

  private accept(
    socket: SeqpacketConnection,
    network: DemuxNetwork,
    clients: Set<DemuxClient>,
  ): SeqpacketListener | undefined {
    const { clock, log, drops, registerMs = REGISTER_MS } = this.parts;
    const access = this.admission.enter(socket.credentials);
    if (access === undefined) return undefined;
    const gone = (): void => {
      this.admission.leave(socket.credentials);
      clients.delete(client);
    };
    const { lines } = this;
    const client = new DemuxClient({ network, clock, log, lines, drops, socket, access, registerMs, gone });
    clients.add(client);
    return client;
  }
}
