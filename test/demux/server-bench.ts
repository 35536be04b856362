import { nullLog, type Log, type LogFields } from '../../src/base/log';
import { Census } from '../../src/demux/census';
import { DemuxServer, type DemuxServerParts } from '../../src/demux/server';
import { listenHere } from '../client/socket-bench';
import { RawSocket } from '../support/raw-socket';
import { freshSocketName } from '../support/socket-name';
import { eventually } from '../support/within';
import { DemuxBench } from './demux-bench';

export type LogLine = readonly [message: string, fields: LogFields | undefined];

/** The demux on a real socket, over a stack in virtual time. */
export class ServerBench implements AsyncDisposable {
  readonly name = freshSocketName('mctp-demux');
  private readonly clients: RawSocket[] = [];

  private constructor(
    readonly demux: DemuxBench,
    readonly server: DemuxServer,
    readonly lines: readonly LogLine[],
  ) {}

  static async start(parts: Partial<DemuxServerParts> = {}): Promise<ServerBench> {
    const lines: LogLine[] = [];
    const note = (message: string, fields?: LogFields): void => void lines.push([message, fields]);
    const log: Log = { ...nullLog, warn: note, error: note };
    const demux = await DemuxBench.start(undefined, log);
    const server = new DemuxServer({
      ...{ clock: demux.bench.clock, log, drops: demux.drops, listen: listenHere },
      policy: { ownUid: process.getuid?.() ?? 0, rules: [] },
      census: new Census({ clients: 64, perUid: 64 }),
      queue: { frames: 256, bytes: 1 << 20 },
      ...parts,
    });
    const bench = new ServerBench(demux, server, lines);
    server.listen(bench.name, demux.demux);
    return bench;
  }

  /** A client that has said these frames, the registration first. */
  async client(...frames: readonly (string | Uint8Array)[]): Promise<RawSocket> {
    const client = await RawSocket.connect(this.name);
    this.clients.push(client);
    for (const frame of frames) client.say(frame);
    return client;
  }

  /** What a client has said is with the server: a frame of its own came back. */
  async arrived(client: RawSocket, type: number): Promise<void> {
    const echo = Uint8Array.of(30, type, 0xee, 0x80 | (client.count & 0x7f));
    const text = Buffer.from(echo).toString('hex');
    client.say(echo);
    await eventually('its own frame', () => client.heard.at(-1) === text);
    client.heard.pop();
    client.count--;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.close();
    this.server.close();
    expect(this.server.size).toBe(0);
    await this.demux[Symbol.asyncDispose]();
  }
}
