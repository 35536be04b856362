import { isMctpError } from '../../src/base/errors';
import { Priority } from '../../src/core/net';
import type { Incoming, NetLink } from '../../src/core/net';
import { hex } from '../support/vectors';
import { Bench, FakeBinding, idle, pattern } from './fake-binding';

function physical(link: NetLink, address = '1d'): { kind: 'physical'; link: number; address: Uint8Array } {
  return { kind: 'physical', link: link.index, address: hex(address) };
}

function codeOf(error: unknown): string {
  return isMctpError(error) ? error.code : String(error);
}

/** Collects how promises end. */
function outcome(promise: Promise<unknown>): { result: string } {
  const state = { result: 'pending' };
  promise.then(
    () => (state.result = 'sent'),
    (error: unknown) => (state.result = codeOf(error)),
  );
  return state;
}

describe('back-pressure', () => {
  test('a message stops where the binding says so, goes on when writable, and loses nothing', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    binding.room = 2;
    const state = outcome(bench.router.request(physical(link), pattern(300)));
    await idle();
    expect([binding.sent.length, state.result]).toEqual([2, 'pending']);
    binding.writable(1);
    expect(binding.sent.length).toBe(3);
    binding.writable();
    await idle();
    expect(state.result).toBe('sent');
    const packets = binding.take().map(hex);
    expect(packets.map((packet) => ((packet[3] ?? 0) >> 4) & 3)).toEqual([0, 1, 2, 3, 0]);
    expect(new Uint8Array(Buffer.concat(packets.map((packet) => packet.subarray(4))))).toEqual(pattern(300));
  });

  test('queue-full by number and by bytes, before a tag is held', async () => {
    const bench = new Bench({ queue: { queueMessages: 3, queueBytes: 1000 } });
    const { binding, link } = await bench.link();
    binding.room = 0;
    const states = [2000, 10, 10].map((length, i) =>
      outcome(bench.router.request(physical(link, `2${i}`), pattern(length))),
    );
    await idle();
    expect(states.map(({ result }) => result)).toEqual(['pending', 'queue-full', 'queue-full']);
    binding.writable();
    binding.room = 0;
    await idle();
    const small = Array.from({ length: 4 }, (_, i) =>
      outcome(bench.router.request(physical(link, `3${i}`), pattern(9))),
    );
    await idle();
    expect(small.map(({ result }) => result)).toEqual(['pending', 'pending', 'pending', 'queue-full']);
    expect(bench.router.counters(link.index)?.drops.get('TransmitQueueFull')).toBe(3);
    await bench.router.close();
  });

  test('a device that floods us with requests, under many EIDs, leaves room for others and for ourselves', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    const answered: Promise<string>[] = [];
    bench.router.listen(
      0,
      (incoming) => {
        const sent = bench.router.reply(incoming, hex('00000200'));
        answered.push(sent.then(() => 'sent', codeOf));
        return true;
      },
      Priority.responder,
    );
    binding.room = 0;
    const ask = (source: number, from: string): void =>
      binding.receiveBytes(Uint8Array.of(1, 8, source, 0xc8, 0, 0x80, 2), hex(from));
    for (let i = 0; i < 600; i++) ask(20 + (i % 200), '1d');
    ask(10, '1e');
    const own = outcome(bench.router.request(physical(link, '1f'), pattern(9)));
    await idle();
    expect([own.result, bench.drops(link)]).toEqual(['pending', { TransmitQueueFull: 600 - 64 }]);
    binding.writable();
    expect((await Promise.all(answered)).filter((each) => each === 'sent')).toHaveLength(64 + 1);
    expect(binding.sent.filter(({ to }) => to !== '1d').map(({ to }) => to)).toEqual(['1e', '1f']);
  });

  test('replies to many addresses fill half of the queue at most, by number and by bytes', async () => {
    const bench = new Bench({ queue: { queueMessages: 32, queueBytes: 10_000 } });
    const { binding, link } = await bench.link();
    let length = 4;
    bench.router.listen(
      1,
      (incoming) => {
        bench.router.reply(incoming, pattern(length)).catch(() => undefined);
        return true;
      },
      Priority.client,
    );
    binding.room = 0;
    for (let i = 0; i < 100; i++) binding.receiveBytes(hex('010814c801'), Uint8Array.of(i));
    expect(bench.drops(link)).toEqual({ TransmitQueueFull: 100 - 16 });
    binding.writable();
    binding.room = 0;
    length = 3000;
    for (let i = 0; i < 4; i++) binding.receiveBytes(hex('010814c801'), Uint8Array.of(i));
    expect(bench.drops(link)).toEqual({ TransmitQueueFull: 100 - 16 + 3 });
    await bench.router.close();
  });

  test('short messages overtake a long one, whose packets keep their order', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    binding.room = 1;
    void bench.router.request(physical(link), pattern(64 * 6));
    void bench.router.request(physical(link), hex('008002'));
    await idle();
    binding.writable();
    await idle();
    const flags = binding.take().map((packet) => hex(packet)[3]);
    expect(flags.indexOf(0xc9)).toBeLessThanOrEqual(2);
    expect(flags.filter((each) => ((each ?? 0) & 7) === 0)).toEqual([0x88, 0x18, 0x28, 0x38, 0x08, 0x58]);
  });

  test('a reply never breaks into another reply of the same tag', async () => {
    const bench = new Bench();
    const { binding } = await bench.link();
    const got: Incoming[] = [];
    bench.router.listen(1, (incoming) => got.push(incoming) > 0, Priority.client);
    binding.receive('010814c8 01');
    binding.room = 1;
    const [incoming] = got;
    if (incoming === undefined) throw new Error('nothing came');
    void bench.router.reply(incoming, pattern(200));
    void bench.router.reply(incoming, hex('01aa'));
    binding.writable();
    await idle();
    expect(binding.take().map((packet) => packet.slice(6, 8))).toEqual(['80', '10', '20', '70', 'c0']);
  });

  test('a link that stands still for 6 s fails what waits', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    binding.room = 0;
    const state = outcome(bench.router.request(physical(link), pattern(10)));
    await bench.clock.advance(5999);
    expect(state.result).toBe('pending');
    await bench.clock.advance(1);
    expect([state.result, bench.drops(link)]).toEqual(['send-failed', { TransmitFailed: 1 }]);
    binding.room = 1;
    expect(await bench.router.request(physical(link), pattern(10))).toBeDefined();
  });

  test('a binding that throws fails that message only', async () => {
    const bench = new Bench();
    const binding = new FakeBinding();
    const { link } = await bench.link({}, binding);
    const send = jest.spyOn(binding, 'send').mockImplementationOnce(() => {
      throw new Error('defect');
    });
    const state = outcome(bench.router.request(physical(link), pattern(10)));
    await idle();
    expect([state.result, bench.defects.length]).toEqual(['send-failed', 1]);
    send.mockRestore();
    expect(await bench.router.request(physical(link), pattern(10))).toBeDefined();
  });

  test('a binding that goes down inside `send` leaves an empty queue, not less than that', async () => {
    const bench = new Bench({ queue: { queueMessages: 2 } });
    const binding = new FakeBinding();
    const { link } = await bench.link({}, binding);
    jest.spyOn(binding, 'send').mockImplementationOnce(() => {
      binding.up(false);
      return true;
    });
    expect(outcome(bench.router.request(physical(link), pattern(10)))).toBeDefined();
    await idle();
    binding.up(true);
    binding.room = 0;
    const states = ['21', '22', '23'].map((to) =>
      outcome(bench.router.request(physical(link, to), pattern(9))),
    );
    await idle();
    expect(states.map(({ result }) => result)).toEqual(['pending', 'pending', 'queue-full']);
    await bench.router.close();
  });

  test('the tag does not expire while its message waits for the link', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    binding.room = 1;
    const request = bench.router.request(physical(link), pattern(100));
    await bench.clock.advance(5000);
    binding.writable();
    const exchange = await request;
    await bench.clock.advance(5000);
    binding.receive('010814c0 01');
    expect(await exchange.receive(1)).toBeDefined();
  });
});

describe('a link that is down', () => {
  test('takes no request: link-down', async () => {
    const bench = new Bench();
    const { link } = await bench.link({}, new FakeBinding(false));
    const state = outcome(bench.router.request(physical(link), pattern(10)));
    await idle();
    expect(state.result).toBe('link-down');
  });

  test('going down fails what waits, and the tags are free', async () => {
    const bench = new Bench();
    const { binding, link } = await bench.link();
    binding.room = 0;
    const states = Array.from({ length: 8 }, () =>
      outcome(bench.router.request(physical(link), pattern(10))),
    );
    await idle();
    binding.up(false);
    await idle();
    expect(new Set(states.map(({ result }) => result))).toEqual(new Set(['link-down']));
    expect(bench.drops(link)).toEqual({ TransmitLinkDown: 8 });
    binding.up(true);
    binding.writable();
    expect(await bench.router.request(physical(link), pattern(10))).toBeDefined();
  });
});

test('counters: packets and bytes both ways', async () => {
  const bench = new Bench();
  const { binding, link } = await bench.link();
  await bench.router.request(physical(link), pattern(100));
  binding.receive('010814c0 0102');
  expect(bench.router.counters(link.index)).toMatchObject({
    txPackets: 2,
    txBytes: 108,
    rxPackets: 1,
    rxBytes: 6,
  });
  expect(bench.router.counters(99)).toBeUndefined();
});
