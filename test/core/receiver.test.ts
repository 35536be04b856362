import type { Incoming, NetLink } from '../../src/core/net';
import { Priority } from '../../src/core/net';
import { toHex } from '../../src/base/bytes';
import { hex } from '../support/vectors';
import { Bench } from './fake-binding';
import type { FakeBinding } from './fake-binding';

async function direct(): Promise<{ bench: Bench; binding: FakeBinding; link: NetLink }> {
  const bench = new Bench();
  return { bench, ...(await bench.link()) };
}

describe('incoming messages', () => {
  test('go to the listener of the highest priority that claims them', async () => {
    const { bench, binding, link } = await direct();
    const asked: string[] = [];
    const listener = (name: string, claims: boolean) => (): boolean => asked.push(name) > 0 && claims;
    bench.router.listen(1, listener('demux', true), Priority.demux);
    const responder = bench.router.listen(1, listener('responder', true), Priority.responder);
    bench.router.listen(1, listener('client', false), Priority.client);
    binding.receive('010814c8 01');
    expect(asked.splice(0)).toEqual(['responder']);
    responder.unsubscribe();
    binding.receive('010814c8 81');
    expect(asked).toEqual(['client', 'demux']);
    binding.receive('010814c8 02');
    expect(bench.drops(link)).toEqual({ NoListener: 1 });
  });

  test('a handler that throws is reported and breaks nothing', async () => {
    const { bench, binding } = await direct();
    const defect = new Error('handler');
    bench.router.listen(
      1,
      () => {
        throw defect;
      },
      Priority.client,
    );
    expect(() => binding.receive('010814c8 01')).not.toThrow();
    expect(bench.defects).toEqual([defect]);
  });

  test('their bytes and address belong to the receiver', async () => {
    const { bench, binding } = await direct();
    const got: Incoming[] = [];
    bench.router.listen(1, (incoming) => got.push(incoming) > 0, Priority.client);
    const [packet, source] = [hex('010814c8 01aa'), hex('1d')];
    binding.receiveBytes(packet, source);
    packet.fill(0);
    source.fill(0);
    expect(got).toMatchObject([{ bytes: hex('01aa'), physical: hex('1d') }]);
  });

  test('R-DISC-130 reply: incoming tag, TO=0, EIDs swapped, to the physical address', async () => {
    const { bench, binding } = await direct();
    const replies: Promise<void>[] = [];
    const answer = (incoming: Incoming): boolean =>
      replies.push(bench.router.reply(incoming, hex('01ff'))) > 0;
    bench.router.listen(1, answer, Priority.client);
    binding.receive('010814cd 01', '44');
    binding.receive('010000cd 01', '45');
    await Promise.all(replies);
    expect(binding.sent).toEqual([
      { packet: '011408c501ff', to: '44', broadcast: false },
      { packet: '010008c501ff', to: '45', broadcast: false },
    ]);
  });

  test('reply after our EID has changed: from the new one', async () => {
    const { bench, binding, link } = await direct();
    const got: Incoming[] = [];
    bench.router.listen(0, (incoming) => got.push(incoming) > 0, Priority.responder);
    binding.receive('010814c8 008001000c', '44');
    await bench.router.removeLocalEid(link.index, 8);
    await bench.router.addLocalEid(link.index, 12);
    const [incoming] = got;
    if (incoming === undefined) throw new Error('nothing came');
    await bench.router.reply(incoming, hex('00000100000c00'));
    expect(binding.take()).toEqual(['01140cc000000100000c00']);
  });

  test('NotForUs: an EID that is not ours on a link that does not forward', async () => {
    const { bench, binding, link } = await direct();
    binding.receive('010a14c8 01');
    expect(bench.drops(link)).toEqual({ NotForUs: 1 });
  });

  test('an EID of another link of the network is ours too', async () => {
    const { bench, binding } = await direct();
    await bench.link({ name: 'fake1', localEids: [9] });
    let got: Incoming | undefined;
    bench.router.listen(
      1,
      (incoming) => {
        got = incoming;
        return true;
      },
      Priority.client,
    );
    binding.receive('010914c8 01');
    expect(got).toMatchObject({ destination: 9, localEid: 9 });
  });

  test('our own request come back from a line that echoes is dropped, a response under our EID is not', async () => {
    const { bench, binding, link } = await direct();
    const asked: number[] = [];
    bench.router.listen(0, (incoming) => asked.push(incoming.source) > 0, Priority.responder);
    binding.receive('010008c8 008002');
    expect(asked).toEqual([]);
    expect(bench.drops(link)).toEqual({ BadSourceEid: 1 });
    // A device that was given our EID elsewhere must be heard, or it would never get another one (R-DISC-54).
    const destination = { kind: 'physical', link: link.index, address: hex('1d') } as const;
    const exchange = await bench.router.request(destination, hex('008002'));
    binding.receive(`010808${toHex(Uint8Array.of(0xc0 | exchange.tag))} 000002000800 00`, '1d');
    expect((await exchange.receive(0))?.source).toBe(8);
  });

  test('the packet checks are counted with the packets', async () => {
    const { bench, binding, link } = await direct();
    for (const packet of ['0108', '020814c801', '010803c801', '010314c801']) binding.receive(packet);
    expect(bench.drops(link)).toEqual({
      ...{ PacketTooShort: 1, BadHeaderVersion: 1, BadSourceEid: 1, BadDestinationEid: 1 },
    });
    expect(bench.router.counters(link.index)).toMatchObject({ rxPackets: 4, rxBytes: 17, txPackets: 0 });
  });

  test('R-DEMUX-24 responses without a request go to who asks for them', async () => {
    const { bench, binding, link } = await direct();
    const got: Incoming[] = [];
    const subscription = bench.router.listenUnmatched((incoming) => got.push(incoming));
    binding.receive('010814c0 01aa');
    subscription.unsubscribe();
    binding.receive('010814c0 01bb');
    expect(got).toMatchObject([{ bytes: hex('01aa'), to: false }]);
    expect(bench.drops(link)).toEqual({ UnexpectedResponse: 1 });
  });
});

describe('our own EID', () => {
  test('requests and responses go round inside, on a later turn', async () => {
    const { bench, binding } = await direct();
    const seen: Incoming[] = [];
    bench.router.listen(
      1,
      (incoming) => {
        seen.push(incoming);
        void bench.router.reply(incoming, hex('01bb'));
        return true;
      },
      Priority.client,
    );
    const asked = bench.router.request({ kind: 'eid', network: 1, eid: 8 }, hex('01aa'));
    expect(seen).toEqual([]);
    const exchange = await asked;
    expect(await exchange.receive(250)).toMatchObject({
      source: 8,
      destination: 8,
      to: false,
      bytes: hex('01bb'),
    });
    expect(seen).toMatchObject([{ source: 8, destination: 8, localEid: 8, to: true, bytes: hex('01aa') }]);
    expect(binding.sent).toEqual([]);
  });
});
