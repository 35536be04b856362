import { Priority } from '../../src/core/net';
import { DemuxBench } from './demux-bench';

/** The measured exchange of R-CONS-45: GetTID, instance 1, between EID 8 (ours) and EID 9. */
const GET_TID = '0901810002';
const GET_TID_PACKET = '010908c801810002';
const TID_PACKET = '010809c0010100020009';
const TID = '09010100020009';

describe('requests of clients', () => {
  test('R-CONS-45, R-DEMUX-23, R-DEMUX-24 a request leaves with TO=1 and a tag; only who asked gets the answer', async () => {
    await using bench = await DemuxBench.start();
    const [asker, other] = [bench.join(1), bench.join(1)];
    await bench.says(asker, GET_TID);
    expect(bench.wire.take()).toEqual([GET_TID_PACKET]);
    await bench.hears(TID_PACKET);
    expect([asker.take(), other.take()]).toEqual([[TID], []]);
    expect(bench.dropped()).toEqual({});
  });

  test('R-CONS-40, R-API-33 each request has a tag of its own', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    for (const frame of [GET_TID, '0a01820002', '0901830002']) await bench.says(client, frame);
    expect(bench.wire.take()).toEqual([GET_TID_PACKET, '010a08c801820002', '010908c901830002']);
  });

  test('two outstanding requests to one EID are answered in reverse order', async () => {
    await using bench = await DemuxBench.start();
    const [one, two] = [bench.join(0x7e), bench.join(0x7e)];
    await bench.says(one, '097e01');
    await bench.says(two, '097e02');
    expect(bench.wire.take()).toEqual(['010908c87e01', '010908c97e02']);
    await bench.hears('010809c17e12');
    await bench.hears('010809c07e11');
    expect([one.take(), two.take()]).toEqual([['097e11'], ['097e12']]);
  });

  test("R-DEMUX-24 a response after more than 6 s is nobody's, and nobody gets the tag before", async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.says(client, GET_TID);
    await bench.bench.clock.advance(6001);
    await bench.hears(TID_PACKET);
    expect(client.take()).toEqual([]);
    expect(bench.bench.drops(bench.link)).toEqual({ UnexpectedResponse: 1 });
  });

  test('R-DEMUX-23, R-DEMUX-33 without a free tag requests wait in order, and the client is not read meanwhile', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(0x7e);
    const frame = (n: number): string => `097e${n.toString(16).padStart(2, '0')}`;
    for (let n = 0; n < 15; n++) await bench.says(client, frame(n));
    expect(client.throttled).toEqual([]);
    await bench.says(client, frame(15));
    expect(client.throttled).toEqual([true]);
    expect(bench.wire.take()).toHaveLength(8);
    // What comes in spite of it is too much.
    await bench.says(client, frame(16));
    expect(bench.dropped()).toEqual({ BacklogFull: 1 });
    await bench.hears('010809c37eaa');
    expect(bench.wire.take()).toEqual(['010908cb7e08']);
    expect(client.throttled).toEqual([true, false]);
    // The others get their tags when those of the silent ones expire.
    await bench.bench.clock.advance(7000);
    expect(bench.wire.take().map((packet) => packet.slice(-2))).toEqual([
      '09',
      '0a',
      '0b',
      '0c',
      '0d',
      '0e',
      '0f',
    ]);
  });

  test('requests to another EID pass those that wait', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(0x7e);
    for (let n = 0; n < 10; n++) await bench.says(client, '097e00');
    bench.wire.take();
    await bench.says(client, '0a7e01');
    expect(bench.wire.take()).toEqual(['010a08c87e01']);
  });

  test('R-DEMUX-15, R-CONS-43 what cannot be sent is dropped and counted, and the client goes on', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.says(client, '0b01810002');
    expect(bench.dropped()).toEqual({ SendFailed: 1 });
    await bench.says(client, GET_TID);
    expect(bench.wire.take()).toEqual([GET_TID_PACKET]);
  });

  test('R-DEMUX-14 there is no sending to EID 0, 1..7 and 255', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    for (const eid of ['00', '01', '07', 'ff']) await bench.says(client, `${eid}01810002`);
    expect(bench.dropped()).toEqual({ BadEid: 4 });
    expect(bench.wire.take()).toEqual([]);
  });

  test('R-DEMUX-11, R-CONS-35 a frame of another type than the registered one is dropped', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(5);
    for (const frame of ['0906', '09000002', '0980']) await bench.says(client, frame);
    expect(bench.dropped()).toEqual({ WrongType: 3 });
    await bench.says(client, '0985aa80');
    expect(bench.wire.take()).toEqual(['010908c885aa80']);
  });

  test("R-DEMUX-34 what a client asked is nobody's when it has gone, and its tags are quarantined", async () => {
    await using bench = await DemuxBench.start();
    const [client, other] = [bench.join(0x7e), bench.join(0x7e)];
    for (let n = 0; n < 10; n++) await bench.says(client, '097e00');
    bench.wire.take();
    bench.demux.leave(client);
    await bench.hears('010809c07e00');
    await bench.says(other, '097e01');
    expect(bench.wire.take()).toEqual([]);
    expect([client.take(), other.take()]).toEqual([[], []]);
    await bench.bench.clock.advance(6200);
    expect(bench.wire.take()).toEqual(['010908c87e01']);
  });
});

describe('NVMe-MI', () => {
  test('R-DEMUX-10, R-CONS-37 a message with IC goes to a client of type 4, the byte unchanged', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(4);
    await bench.says(client, '0a840800aabb');
    expect(bench.wire.take()).toEqual(['010a08c8840800aabb']);
    await bench.hears('01080ac0848800aabb');
    expect(client.take()).toEqual(['0a848800aabb']);
  });

  test('R-DEMUX-45 more processing required renews the flow, the final response ends it', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(4);
    await bench.says(client, '09840800aabb');
    await bench.hears('010809c08488000001');
    await bench.bench.clock.advance(50_000);
    await bench.hears('010809c08488000000');
    await bench.hears('010809c08488000000');
    expect(client.take()).toEqual(['098488000001', '098488000000']);
    expect(bench.bench.drops(bench.link)).toEqual({ UnexpectedResponse: 1 });
  });

  test('R-DEMUX-45 but for 60 s at most', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(4);
    await bench.says(client, '09840800aabb');
    for (const ms of [5000, 5000, 49_000]) {
      await bench.bench.clock.advance(ms);
      await bench.hears('010809c08488000001');
    }
    client.take();
    await bench.bench.clock.advance(2000);
    await bench.hears('010809c08488000000');
    expect(client.take()).toEqual([]);
  });

  test('R-DEMUX-45 a client that answers with more processing required may answer again', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(4);
    await bench.hears('010809cb840800aabb');
    await bench.says(client, '098488000001');
    await bench.bench.clock.advance(5500);
    await bench.says(client, '098488000001');
    await bench.bench.clock.advance(5500);
    await bench.says(client, '098488000000');
    await bench.says(client, '098488000000');
    expect(bench.wire.take()).toEqual(['010908c38488000001', '010908c38488000001', '010908c38488000000']);
    expect(bench.dropped()).toEqual({ NoRequest: 1 });
  });
});

describe('requests of others', () => {
  test('R-DEMUX-22, R-CONS-40 the answer leaves under the tag of the request, TO=0, from the EID that was asked', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.hears('011e09cd01850002');
    expect(client.take()).toEqual(['0901850002']);
    await bench.says(client, '0901050002000a');
    expect(bench.wire.sent).toEqual([{ packet: '01091ec50105000200' + '0a', to: '1d', broadcast: false }]);
  });

  test('R-DEMUX-25, R-CONS-38 every client of the type gets a request, R-DEMUX-26 and the first answer counts', async () => {
    await using bench = await DemuxBench.start();
    const clients = [bench.join(1), bench.join(1), bench.join(5)];
    await bench.hears('010809c901810002');
    await bench.hears('010809ca01820002');
    expect(clients.map((client) => client.take())).toEqual([
      ['0901810002', '0901820002'],
      ['0901810002', '0901820002'],
      [],
    ]);
    const [one, two] = clients;
    if (one === undefined || two === undefined) throw new Error('no clients');
    await bench.says(one, '0901010002000a');
    await bench.says(two, '0901010002000b');
    expect(bench.wire.take()).toEqual(['010908c10101000200' + '0a']);
    expect(bench.dropped()).toEqual({ NoRequest: 1 });
  });

  test('R-DEMUX-21 a vendor message is a response where the client was asked something, else a request', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(0x7f);
    await bench.hears('010809cc7f01');
    await bench.says(client, '097f02');
    await bench.says(client, '097f03');
    expect(bench.wire.take()).toEqual(['010908c47f02', '010908c87f03']);
  });

  test('R-DEMUX-22 a response to no request is dropped', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.says(client, TID);
    expect(bench.wire.take()).toEqual([]);
    expect(bench.dropped()).toEqual({ NoRequest: 1 });
  });

  test('R-DEMUX-20 a request is remembered for 6 s', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.hears('010809c901810002');
    await bench.bench.clock.advance(6000);
    await bench.says(client, '0901010002000a');
    expect(bench.wire.take()).toEqual([]);
  });

  test('R-DEMUX-12 a message that is its type byte alone is delivered', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.hears('010809c901');
    expect(client.take()).toEqual(['0901']);
  });

  test('a type that no client has is not taken, nor a broadcast', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.hears('010809c906aa');
    await bench.hears('01ff09c901810002');
    bench.demux.leave(client);
    await bench.hears('010809c901810002');
    expect(bench.bench.drops(bench.link)).toEqual({ NoListener: 3 });
  });
});

describe('peers that set TO in all they send', () => {
  test('R-DEMUX-25 the answer goes to who asked, and the tag is free', async () => {
    await using bench = await DemuxBench.start();
    const [other, asker] = [bench.join(1), bench.join(1)];
    await bench.says(other, '0901820002');
    for (let n = 0; n < 20; n++) {
      await bench.says(asker, GET_TID);
      await bench.hears('010809c8010100020009');
    }
    expect(bench.wire.take()).toHaveLength(21);
    expect(asker.take()).toHaveLength(20);
    expect(other.take()).toEqual([]);
  });

  test('R-DEMUX-25, R-DEMUX-45 more processing required from such a peer renews the flow', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(4);
    await bench.says(client, '09840800aabb');
    await bench.hears('010809c88488000001');
    await bench.bench.clock.advance(20_000);
    await bench.hears('010809c88488000000');
    expect(client.take()).toEqual(['098488000001', '098488000000']);
  });

  test('R-DEMUX-25 an answer to no request is dropped, and is no request either', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(1);
    await bench.hears('010809c8010100020009');
    expect(client.take()).toEqual([]);
    expect(bench.dropped()).toEqual({ NoClient: 1 });
  });

  test('R-DEMUX-22, R-DEMUX-24, R-DEMUX-25 compat: what has no request goes out with TO=1 tag 0, and in to all of the type', async () => {
    await using bench = await DemuxBench.start('libmctp');
    const [one, two] = [bench.join(1), bench.join(1)];
    await bench.says(one, TID);
    expect(bench.wire.take()).toEqual(['010908c8010100020009']);
    await bench.hears('010809c5010100020009');
    await bench.hears('010809c8010100020009');
    await bench.hears('010809c506aa');
    expect([one.take(), two.take()]).toEqual([
      [TID, TID],
      [TID, TID],
    ]);
    expect(bench.dropped()).toEqual({ NoClient: 1 });
  });
});

describe('loopback', () => {
  test('R-DEMUX-28, R-CONS-39, R-CONS-45 a frame to a local EID goes to all clients of the type, the sender included', async () => {
    await using bench = await DemuxBench.start();
    const clients = [bench.join(5), bench.join(5), bench.join(6)];
    const [sender] = clients;
    if (sender === undefined) throw new Error('no client');
    await bench.says(sender, '0805aabb');
    await bench.says(sender, '1e05aa0b');
    expect(clients.map((client) => client.take())).toEqual([
      ['0805aabb', '1e05aa0b'],
      ['0805aabb', '1e05aa0b'],
      [],
    ]);
    expect(bench.wire.take()).toEqual([]);
  });

  test('R-DEMUX-28 a request and its answer: each client gets each frame once, and the tag is free', async () => {
    await using bench = await DemuxBench.start();
    const [tool, daemon] = [bench.join(1), bench.join(1)];
    for (let n = 0; n < 20; n++) {
      await bench.says(tool, '0801810002');
      await bench.says(daemon, '08010100020009');
    }
    expect(tool.heard).toHaveLength(40);
    expect(tool.heard.slice(0, 2)).toEqual(['0801810002', '08010100020009']);
    expect(daemon.heard).toEqual(tool.heard);
    // All eight tags are free again: as many requests of the client API find one.
    for (let n = 0; n < 8; n++) {
      await bench.bench.router.request({ kind: 'eid', network: 1, eid: 8 }, Uint8Array.of(1, 0x80, 0, 2));
    }
  });

  test('R-DEMUX-28 whoever sends a frame gets it last: somebody waits for the others', async () => {
    await using bench = await DemuxBench.start();
    const [tool, daemon] = [bench.join(1), bench.join(1)];
    const order: string[] = [];
    tool.heardOne = () => void order.push('tool');
    daemon.heardOne = () => void order.push('daemon');
    await bench.says(tool, '0801810002');
    await bench.says(daemon, '08010100020009');
    expect(order).toEqual(['daemon', 'tool', 'tool', 'daemon']);
  });

  test('R-DEMUX-28 want of tags keeps no frame from the clients, and they keep their order', async () => {
    await using bench = await DemuxBench.start();
    const [one, two] = [bench.join(0x7e), bench.join(0x7e)];
    const frames = Array.from({ length: 40 }, (_, n) => `087e${n.toString(16).padStart(2, '0')}`);
    for (const frame of frames) {
      bench.demux.frame(one, 8, Buffer.from(frame.slice(2), 'hex'));
    }
    await bench.says(one, '087eff');
    expect(two.heard).toEqual([...frames, '087eff']);
    expect(one.heard).toEqual(two.heard);
  });

  test('R-DEMUX-28 requests and responses in one go keep their order', async () => {
    await using bench = await DemuxBench.start();
    const client = bench.join(5);
    const frames = ['0805aa81', '0805aa01', '0805aa82', '0805aa02'];
    for (const frame of frames) bench.demux.frame(client, 8, Buffer.from(frame.slice(2), 'hex'));
    await bench.says(client, '0805aa83');
    expect(client.heard).toEqual([...frames, '0805aa83']);
  });

  test('R-DEMUX-28 the client API at a local EID is answered by a client of the demux, who all see it', async () => {
    await using bench = await DemuxBench.start();
    const [one, two] = [bench.join(1), bench.join(1)];
    const { router } = bench.bench;
    const exchange = await router.request({ kind: 'eid', network: 1, eid: 8 }, Uint8Array.of(1, 0x81, 0, 2));
    const answer = exchange.receive(1000);
    await bench.says(one, '08010100020009');
    expect((await answer)?.bytes).toEqual(Uint8Array.of(1, 1, 0, 2, 0, 9));
    expect(two.heard).toEqual(['0801810002', '08010100020009']);
    expect(one.heard).toEqual(two.heard);
  });

  test('R-DEMUX-27, R-DEMUX-28 a listener of the client API at a local EID wins; its answer goes to who asked', async () => {
    await using bench = await DemuxBench.start();
    const [one, two] = [bench.join(1), bench.join(1)];
    const { router } = bench.bench;
    const listener = router.listen(
      1,
      (incoming) => {
        void router.reply(incoming, Uint8Array.of(1, 1, 0, 2, 0, 9));
        return true;
      },
      Priority.client,
    );
    await bench.says(one, '0801810002');
    expect([one.heard, two.heard]).toEqual([['08010100020009'], []]);
    listener.unsubscribe();
  });
});
