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
import { Seldom } from './seldom';

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

/** The demultiplexer's sockets and the clients on them. */
export class DemuxServer {
  private readonly clients = new Set<DemuxClient>();
  private readonly listeners: { close(): void }[] = [];
  private readonly admission: Admission;
  private readonly failures: Seldom;

  constructor(private readonly parts: DemuxServerParts) {
    this.admission = new Admission(parts);
    this.failures = new Seldom(parts.clock);
  }

  /** Clients that are connected, registered or not. */
  get size(): number {
    return this.clients.size;
  }

  /**
   * Takes clients of a network in by a socket of that name.
   * @param name with the NUL in front of an abstract one
   * @throws MctpError `name-taken`, `configuration`, `not-supported`
   */
  listen(name: string, network: DemuxNetwork): void {
    const { listen, queue, log } = this.parts;
    this.listeners.push(
      listen({
        name,
        limits: queue,
        accept: (connection) => this.accept(connection, network),
        failed: (error) =>
          this.failures.say((suppressed) => log.error(error.message, suppressed > 0 ? { suppressed } : {})),
      }),
    );
  }

  /** Stops listening and disconnects everybody. Idempotent. */
  close(): void {
    for (const listener of this.listeners.splice(0)) listener.close();
    for (const client of [...this.clients]) client.end();
  }

  private accept(socket: SeqpacketConnection, network: DemuxNetwork): SeqpacketListener | undefined {
    const { clock, log, drops, registerMs = REGISTER_MS } = this.parts;
    const access = this.admission.enter(socket.credentials);
    if (access === undefined) return undefined;
    const gone = (): void => {
      this.admission.leave(socket.credentials);
      this.clients.delete(client);
    };
    const client = new DemuxClient({ network, clock, log, drops, socket, access, registerMs, gone });
    this.clients.add(client);
    return client;
  }
}
