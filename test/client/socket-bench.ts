import { systemClock } from '../../src/base/clock';
import { nullLog, type Log } from '../../src/base/log';
import { daemonSocket, type DaemonConnector } from '../../src/client/daemon-socket';
import { SocketClient } from '../../src/client/socket-client';
import { Census } from '../../src/demux/census';
import { ClientServer, type ClientServerParts, type Listen } from '../../src/demux/client-server';
import { loadNative } from '../../src/os/native-module';
import type { PeerCredentials } from '../../src/os/credentials';
import type { SeqpacketConnection } from '../../src/os/seqpacket-connection';
import { SeqpacketServer } from '../../src/os/seqpacket-server';
import { freshSocketName } from '../support/socket-name';
import { idle } from '../support/test-clock';
import { ClientBench } from './bench';

export const listenHere: Listen = (options) =>
  SeqpacketServer.listen({ ops: loadNative(), clock: systemClock, ...options });

/** A socket whose clients seem to be of another user. */
export function listenAs(credentials: () => PeerCredentials): Listen {
  return (options) =>
    listenHere({ ...options, accept: (connection) => options.accept(disguised(connection, credentials())) });
}

function disguised(connection: SeqpacketConnection, credentials: PeerCredentials): SeqpacketConnection {
  return new Proxy(connection, {
    get(target, key) {
      if (key === 'credentials') return credentials;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

export function connectorTo(name: string): DaemonConnector {
  return daemonSocket({ ops: loadNative(), clock: systemClock, name });
}

/** A server on a real socket, over a stack in virtual time. */
export class SocketBench {
  readonly clients: SocketClient[] = [];
  server: ClientServer;

  private constructor(
    readonly bench: ClientBench,
    readonly name: string,
    private readonly parts: Partial<ClientServerParts>,
  ) {
    this.server = this.listen();
  }

  static async start(parts: Partial<ClientServerParts> = {}): Promise<SocketBench> {
    return new SocketBench(await ClientBench.start(), freshSocketName('mctp-client'), parts);
  }

  /** The server again, after its `close`. */
  listen(log: Log = nullLog): ClientServer {
    this.server = new ClientServer({
      ...{ service: this.bench.service, clock: this.bench.clock, log, name: this.name, listen: listenHere },
      policy: { ownUid: process.getuid?.() ?? 0, rules: [] },
      census: new Census({ clients: 64, perUid: 64 }),
      queue: { frames: 256, bytes: 1 << 20 },
      ...this.parts,
    });
    return this.server;
  }

  async connect(network?: number): Promise<SocketClient> {
    const client = await SocketClient.connect({
      ...{ connector: connectorTo(this.name), clock: this.bench.clock, network },
    });
    this.clients.push(client);
    return client;
  }

  /** What was sent before, either way, has arrived and done its work. */
  async arrive(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await idle();
      await Promise.all(this.clients.filter(({ connected }) => connected).map((client) => client.getEid()));
    }
    await idle();
  }

  async pass(ms: number): Promise<void> {
    await this.arrive();
    await this.bench.clock.advance(ms);
    await this.arrive();
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.close();
    this.server.close();
    await this.bench.close();
  }
}
