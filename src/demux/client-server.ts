import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import type { ClientService } from '../client/client-service';
import type { QueueLimits } from '../os/frame-queue';
import type { SeqpacketConnection, SeqpacketListener } from '../os/seqpacket-connection';
import type { ListenOptions } from '../os/seqpacket-server';
import { Admission } from './admission';
import type { Census } from './census';
import { ClientConnection } from './client-connection';
import type { AccessPolicy } from './credentials';
import { Seldom, SeldomEach } from './seldom';

/** Opens a listening socket, as `SeqpacketServer.listen` does; the platform knows the rest of its options. */
export type Listen = (options: Pick<ListenOptions, 'name' | 'limits' | 'accept' | 'failed'>) => {
  close(): void;
};

export interface ClientServerParts {
  readonly service: ClientService;
  readonly clock: Clock;
  readonly log: Log;
  readonly listen: Listen;
  /** With the NUL in front of an abstract name. */
  readonly name: string;
  readonly policy: AccessPolicy;
  readonly census: Census;
  /** What waits for a client that does not read; beyond it the client is disconnected (R-DEMUX-31). */
  readonly queue: QueueLimits;
}

/** The client socket: every connection is a client of the stack (R-API-37). */
export class ClientServer {
  private readonly connections = new Set<ClientConnection>();
  private readonly listener: { close(): void };
  private readonly admission: Admission;
  private readonly lines: SeldomEach;

  /** Begins to listen. @throws MctpError `name-taken`, `configuration`, `not-supported` */
  constructor(private readonly parts: ClientServerParts) {
    const { name, queue, log, clock } = parts;
    this.admission = new Admission(parts);
    this.lines = new SeldomEach(clock);
    const failures = new Seldom(clock);
    this.listener = parts.listen({
      name,
      limits: queue,
      accept: (connection) => this.accept(connection),
      failed: (error) =>
        failures.say((suppressed) => log.error(error.message, suppressed > 0 ? { suppressed } : {})),
    });
  }

  /** Clients that are connected. */
  get size(): number {
    return this.connections.size;
  }

  /** Stops listening and disconnects everybody. Idempotent. */
  close(): void {
    this.listener.close();
    for (const connection of [...this.connections]) connection.end();
  }

  private accept(socket: SeqpacketConnection): SeqpacketListener | undefined {
    const { service, clock, log } = this.parts;
    const access = this.admission.enter(socket.credentials);
    if (access === undefined) return undefined;
    const gone = (): void => {
      this.admission.leave(socket.credentials);
      this.connections.delete(connection);
    };
    const { lines } = this;
    const connection = new ClientConnection({ service, clock, log, lines, socket, access, gone });
    this.connections.add(connection);
    return connection;
  }
}
