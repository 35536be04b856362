import { toHex } from '../../src/base/bytes';
import { nullLog, type Log, type LogFields } from '../../src/base/log';
import { ClientService } from '../../src/client/client-service';
import { DirectClient } from '../../src/client/direct-client';
import { SocketClient } from '../../src/client/socket-client';
import { NetUnion } from '../../src/core/net-union';
import { Census } from '../../src/demux/census';
import { ClientServer } from '../../src/demux/client-server';
import { DemuxNetwork } from '../../src/demux/demux-network';
import { DemuxDrops } from '../../src/demux/drops';
import { DemuxServer } from '../../src/demux/server';
import { failure } from '../client/bench';
import { connectorTo, listenHere } from '../client/socket-bench';
import { Bench } from '../core/fake-binding';
import { KernelBench } from '../kernel/bench';
import type { FakeKernelOptions } from '../support/fake-kernel/fake-kernel';
import { RawSocket } from '../support/raw-socket';
import { freshSocketName } from '../support/socket-name';
import { hex } from '../support/vectors';
import { eventually } from '../support/within';

/** Message types that other programs have in the kernel, as clients on real sockets meet them (R-DEMUX-46). */

const KERNEL = 1;
const USER = 2;

/** Network 1 is the kernel's, network 2 of the user-space stack, each with our EID 8; clients of both. */
class Sockets implements AsyncDisposable {
  readonly lines: (readonly [string, LogFields | undefined])[] = [];
  readonly user = new Bench();
  readonly service: ClientService;
  readonly drops: DemuxDrops;
  private readonly names = new Map<number, string>();
  private readonly clientName = freshSocketName('mctp-client');
  private readonly demux: DemuxServer;
  private readonly clients: ClientServer;
  private readonly networks: DemuxNetwork[] = [];
  private readonly opened: { close(): unknown }[] = [];

  private constructor(readonly bench: KernelBench) {
    const { clock } = bench;
    const note = (message: string, fields?: LogFields): void => void this.lines.push([message, fields]);
    const log: Log = { ...nullLog, warn: note, error: note };
    const drops = new DemuxDrops(log, clock);
    this.drops = drops;
    const net = new NetUnion(this.user.router, bench.net);
    const common = {
      ...{ clock, log, drops, listen: listenHere, queue: { frames: 256, bytes: 1 << 20 } },
      policy: { ownUid: process.getuid?.() ?? 0, rules: [] },
      census: new Census({ clients: 64, perUid: 64 }),
    };
    this.demux = new DemuxServer(common);
    for (const network of [KERNEL, USER]) {
      const name = freshSocketName('mctp-demux');
      this.names.set(network, name);
      const made = new DemuxNetwork({ net, clock, network, compat: undefined, drops });
      this.networks.push(made);
      this.demux.listen(name, made);
    }
    this.service = new ClientService({ net, clock });
    this.clients = new ClientServer({ ...common, service: this.service, name: this.clientName });
  }

  static async start(
    given: { kernel?: Partial<FakeKernelOptions>; linked?: boolean } = {},
  ): Promise<Sockets> {
    const bench = KernelBench.create(given.kernel);
    if (given.linked !== false) await bench.kernel.plug('mctpserial0', { eids: [8] });
    const sockets = new Sockets(bench);
    await sockets.user.link({ network: USER, localEids: [8] });
    await bench.start({ refuse: () => undefined, besideUserLinks: true });
    return sockets;
  }

  /** A demux client that has registered. */
  async registered(network: number, type: number): Promise<RawSocket> {
    const client = await RawSocket.connect(this.names.get(network) ?? '');
    this.opened.push(client);
    client.say(Uint8Array.of(type));
    return client;
  }

  /** Whether a client of the demux hears what it says to our own EID. */
  async isServed(client: RawSocket, type: number): Promise<string[]> {
    client.say(Uint8Array.of(8, type, 0xaa));
    return await client.hears(1);
  }

  async connect(network: number): Promise<SocketClient> {
    const { clock } = this.bench;
    const client = await SocketClient.connect({ connector: connectorTo(this.clientName), clock, network });
    this.opened.push(client);
    return client;
  }

  /** What they have said is with the server: a frame of each to where nobody is, was counted. */
  async haveRegistered(...clients: readonly (readonly [RawSocket, type: number])[]): Promise<void> {
    const wanted = this.drops.get('SendFailed') + clients.length;
    for (const [client, type] of clients) client.say(Uint8Array.of(9, type, 0x80));
    await eventually('their frames', () => this.drops.get('SendFailed') === wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.opened) await each.close();
    this.demux.close();
    this.clients.close();
    for (const each of this.networks) each.close();
    await this.user.router.close();
    this.user.alarm.cancel();
    await this.bench[Symbol.asyncDispose]();
  }
}

describe('R-DEMUX-46 clients of the demux', () => {
  test('EADDRINUSE: logged, and the client is closed; other types and other networks are served', async () => {
    await using sockets = await Sockets.start();
    sockets.bench.kernel.mctp.hold(1);
    const refused = await sockets.registered(KERNEL, 1);
    expect(await refused.isCut()).toBe(true);
    expect(sockets.lines).toEqual([
      [
        'a demux client was disconnected',
        expect.objectContaining({
          type: 1,
          cause: expect.stringMatching(/^its type cannot be had: another program .*EADDRINUSE$/) as unknown,
        }),
      ],
    ]);
    expect(sockets.bench.logged).toHaveLength(1);
    expect(await sockets.isServed(await sockets.registered(USER, 1), 1)).toEqual(['0801aa']);
    expect(await sockets.isServed(await sockets.registered(KERNEL, 5), 5)).toContain('0805aa');
  });

  test('a client that comes back again and again for a type that is taken does not fill the log', async () => {
    await using sockets = await Sockets.start();
    sockets.bench.kernel.mctp.hold(1);
    sockets.bench.kernel.mctp.hold(5);
    const refuse = async (...types: readonly number[]): Promise<void> => {
      for (const type of types) expect(await (await sockets.registered(KERNEL, type)).isCut()).toBe(true);
    };
    const told = (): unknown[] => sockets.lines.map(([, fields]) => [fields?.type, fields?.suppressed]);
    await refuse(1, 1, 1, 5);
    expect(told()).toEqual([
      [1, undefined],
      [5, undefined],
    ]);
    await sockets.bench.clock.advance(10_000);
    await refuse(1);
    expect(told().slice(2)).toEqual([[1, 2]]);
  });

  test('nothing is bound for a client of a user-space network, and what is bound goes with its last client', async () => {
    await using sockets = await Sockets.start();
    const { mctp } = sockets.bench.kernel;
    const there = await sockets.registered(USER, 1);
    await sockets.haveRegistered([there, 1]);
    expect(mctp.boundTypes).toEqual([]);
    const [one, two] = [await sockets.registered(KERNEL, 1), await sockets.registered(KERNEL, 1)];
    await sockets.haveRegistered([one, 1], [two, 1]);
    expect(mctp.boundTypes).toEqual([1]);
    one.close();
    await sockets.isServed(there, 1);
    expect(mctp.boundTypes).toEqual([1]);
    two.close();
    await eventually('its end', () => mctp.boundTypes.length === 0);
  });

  test('a client that came before the link is closed when the link comes', async () => {
    await using sockets = await Sockets.start({ linked: false });
    sockets.bench.kernel.mctp.hold(1);
    const clients = [await sockets.registered(KERNEL, 1), await sockets.registered(KERNEL, 1)];
    const other = await sockets.registered(KERNEL, 5);
    await sockets.haveRegistered(...clients.map((each) => [each, 1] as const), [other, 5]);
    await sockets.bench.kernel.plug('mctpserial0', { eids: [8] });
    for (const each of clients) expect(await each.isCut()).toBe(true);
    expect(await sockets.isServed(other, 5)).toContain('0805aa');
  });
});

describe('R-DEMUX-28 clients of the demux and our own EID', () => {
  test('question and answer come once to each, and leave no tag behind', async () => {
    await using sockets = await Sockets.start();
    const [asker, answerer] = [await sockets.registered(KERNEL, 1), await sockets.registered(KERNEL, 1)];
    await sockets.haveRegistered([asker, 1], [answerer, 1]);
    for (let round = 1; round <= 10; round++) {
      asker.say('0801800002');
      await answerer.hears(2 * round - 1);
      answerer.say('080100000201');
      await Promise.all([asker.hears(2 * round), answerer.hears(2 * round)]);
    }
    const both = Array.from({ length: 10 }, () => ['0801800002', '080100000201']).flat();
    await eventually('the end of the exchanges', () => sockets.bench.kernel.mctp.tagsInUse === 0);
    expect([asker.heard, answerer.heard]).toEqual([both, both]);
  });

  test('a listener of the client API hears a request of a client, and is heard', async () => {
    await using sockets = await Sockets.start();
    const client = await sockets.connect(KERNEL);
    const listener = await client.listener(0x7e);
    const request = await client.req(8);
    const tag = await client.send(request, 0x7e, hex('aa'));
    const { meta } = await client.recv(listener, 0);
    expect(meta).toMatchObject({ remoteEid: 8, msgTag: tag });
    await client.send(null, 0x7e, hex('bb'), { eid: 8, tag });
    expect(toHex((await client.recv(request, 0)).payload)).toBe('bb');
  });
});

describe('R-DEMUX-46, R-API-11 listeners of the client API', () => {
  test('AddrInUse where another program has the type, also over the socket', async () => {
    await using sockets = await Sockets.start();
    const release = sockets.bench.kernel.mctp.hold(1);
    const direct = new DirectClient(sockets.service, { network: KERNEL });
    await expect(direct.listener(1)).rejects.toMatchObject({
      codeName: 'AddrInUse',
      cause: expect.objectContaining({ code: 'name-taken' }) as unknown,
    });
    const client = await sockets.connect(KERNEL);
    expect(await failure(client.listener(1))).toBe('AddrInUse');
    expect(await failure((await sockets.connect(USER)).listener(1))).toBe('ok');
    release();
    expect(await failure(client.listener(1))).toBe('ok');
    // A refused one has not kept its place.
    expect(sockets.bench.logged.map((text) => text.replace(/:.*/, ''))).toEqual(['error', 'info']);
    await direct.close();
  });

  test('without the capability: InternalError, its cause and the log name it', async () => {
    await using sockets = await Sockets.start({ kernel: { may: { bind: false } } });
    const direct = new DirectClient(sockets.service, { network: KERNEL });
    await expect(direct.listener(1)).rejects.toMatchObject({
      codeName: 'InternalError',
      cause: expect.objectContaining({ code: 'not-permitted' }) as unknown,
    });
    expect(await failure((await sockets.connect(KERNEL)).listener(1))).toBe('InternalError');
    expect(sockets.bench.logged).toEqual([expect.stringContaining('CAP_NET_BIND_SERVICE')]);
  });

  test('a listener from before the link: its recv ends, and each later one at once', async () => {
    await using sockets = await Sockets.start({ linked: true });
    const { kernel } = sockets.bench;
    const [link] = [...kernel.state.links.values()].filter(({ name }) => name === 'mctpserial0');
    if (link === undefined) throw new Error('no link');
    const direct = new DirectClient(sockets.service, { network: KERNEL });
    kernel.unplug(link);
    await sockets.bench.news();
    kernel.mctp.hold(1);
    const general = await direct.listener(1);
    const specific = await direct.listener(1, { from: 9 });
    const waiting = failure(direct.recv(general, 0));
    await kernel.plug('mctpserial0', { eids: [8] });
    await sockets.bench.news();
    expect(await waiting).toBe('AddrInUse');
    for (const handle of [general, specific]) {
      expect(await failure(direct.recv(handle, 0))).toBe('AddrInUse');
      await direct.dropHandle(handle);
    }
    expect(await failure(direct.listener(1))).toBe('AddrInUse');
  });
});
