import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import { enhancedPacket, interfaceDescription, sectionHeader } from '../bindings/wrap/pcapng';
import type { PacketListener } from '../bindings/wrap/tap';
import type { SeqpacketConnection, SeqpacketListener } from '../os/seqpacket-connection';
import { Admission } from './admission';
import { Census } from './census';
import type { Listen } from './client-server';
import { Seldom } from './seldom';

export const CAPTURE_SOCKET = 'mctp-capture';

/** What waits for a client that writes to a slow disk; beyond it the client is disconnected. */
const QUEUE = { frames: 16_384, bytes: 4 << 20 };
const MOST_CLIENTS = 8;

export interface CaptureServerParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The daemon's own user; he and root are served, whoever else is listed for messages is not. */
  readonly ownUid: number;
}

/**
 * Shows the packets of every link to whoever has connected, as blocks of pcapng: all messages of a connection, one after
 * another, are a valid file. The first holds the section header and the links there are, each later one a packet or a
 * link that has come. While nobody is connected a packet costs one comparison.
 */
export class CaptureServer {
  private readonly links: Uint8Array[] = [];
  private readonly clients = new Set<SeqpacketConnection>();
  private readonly admission: Admission;
  private listener: { close(): void } | undefined;

  constructor(private readonly parts: CaptureServerParts) {
    const census = new Census({ clients: MOST_CLIENTS, perUid: MOST_CLIENTS });
    this.admission = new Admission({ ...parts, census, policy: { ownUid: parts.ownUid, rules: [] } });
  }

  /** Clients that are connected. */
  get size(): number {
    return this.clients.size;
  }

  /**
   * Takes a link in.
   * @param text about it, for people
   * @returns what is to be told of its packets
   */
  link(name: string, text: string): PacketListener {
    const link = this.links.length;
    const description = interfaceDescription(name, text);
    this.links.push(description);
    this.tell(description);
    return (packet, outbound) => {
      if (this.clients.size === 0) return;
      this.tell(enhancedPacket({ packet, time: this.parts.clock.wallTime(), outbound, link }));
    };
  }

  /**
   * @param name with the NUL in front of an abstract name
   * @throws MctpError `name-taken`, `configuration`, `not-supported`
   */
  listen(listen: Listen, name: string): void {
    const failures = new Seldom(this.parts.clock);
    this.listener = listen({
      name,
      limits: QUEUE,
      accept: (connection) => this.accept(connection),
      failed: (error) => failures.say((suppressed) => this.parts.log.error(error.message, { suppressed })),
    });
  }

  /** Stops listening and disconnects everybody. Idempotent. */
  close(): void {
    this.listener?.close();
    for (const client of [...this.clients]) this.end(client);
  }

  private accept(client: SeqpacketConnection): SeqpacketListener | undefined {
    if (this.admission.enter(client.credentials) === undefined) return undefined;
    this.clients.add(client);
    this.send(client, Buffer.concat([sectionHeader(), ...this.links]));
    return {
      message: () => this.cut(client, 'it talks, and nothing is to be said'),
      closed: () => this.end(client),
    };
  }

  private tell(blocks: Uint8Array): void {
    for (const client of this.clients) this.send(client, blocks);
  }

  private send(client: SeqpacketConnection, blocks: Uint8Array): void {
    const result = client.send(blocks);
    // A packet left out would go unseen in the file, so it ends.
    if (result === 'full' || result === 'too-long') this.cut(client, 'it does not keep up');
  }

  private cut(client: SeqpacketConnection, cause: string): void {
    const { pid, uid } = client.credentials;
    this.parts.log.warn('a capture was ended', { cause, pid, uid });
    this.end(client);
  }

  private end(client: SeqpacketConnection): void {
    if (!this.clients.delete(client)) return;
    this.admission.leave(client.credentials);
    client.close();
  }
}
