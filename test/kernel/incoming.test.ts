import { toHex } from '../../src/base/bytes';
import { Priority, type Incoming } from '../../src/core/net';
import { idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { KernelBench } from './bench';

const EMFILE = -24;
const GET_EID_FROM_9 = '01 08 09 cb 00 81 02';

test('R-DISC-10: a request is heard with all that is known of it, and answered where it came from', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(0, (incoming) => heard.push(incoming) > 0, Priority.responder);
  await bench.device.say(GET_EID_FROM_9);
  const [request] = heard;
  if (request === undefined) throw new Error('nothing heard');
  expect(request).toMatchObject({ network: 1, link: 2, source: 9, localEid: 8, tag: 3, to: true, type: 0 });
  expect(toHex(request.bytes)).toBe('008102');
  // No route to 9: the answer goes to the physical address.
  await bench.net.reply(request, hex('00 01 02 00 08 00 00'));
  await idle();
  expect(bench.device.heard()).toEqual(['010908c300010200080000']);
});

test('R-DISC-144: whoever comes over a link with an EID that is ours as well is answered over the link', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(0, (incoming) => heard.push(incoming) > 0, Priority.responder);
  await bench.device.say('01 00 08 cb 00 81 02');
  const [request] = heard;
  if (request === undefined) throw new Error('nothing heard');
  await bench.net.reply(request, hex('00 01 02 00 08 00 00'));
  await bench.net.reply(
    request,
    Uint8Array.from({ length: 70 }, (_, at) => at),
  );
  await idle();
  const [first, ...others] = bench.device.heard();
  expect(first).toBe('010808c300010200080000');
  expect(others).toHaveLength(2);
});

test('a long answer takes the route, whose MTU the requester can take', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(0, (incoming) => heard.push(incoming) > 0, Priority.responder);
  await bench.device.say(GET_EID_FROM_9);
  const [request] = heard;
  if (request === undefined) throw new Error('nothing heard');
  const long = new Uint8Array(65);
  await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
  const link = bench.kernel.state.links.get(2);
  const lookups: number[] = [];
  const wayTo = bench.kernel.state.wayTo.bind(bench.kernel.state);
  bench.kernel.state.wayTo = (network, eid) => {
    lookups.push(eid);
    return wayTo(network, eid);
  };
  await bench.net.reply(request, long.subarray(0, 64));
  expect(lookups).toEqual([]);
  await bench.net.reply(request, long);
  expect(lookups).toEqual([9]);
  expect(link?.up).toBe(true);
});

test('an answer over a link that went down is told to be lost: the kernel would say nothing', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(0, (incoming) => heard.push(incoming) > 0, Priority.responder);
  await bench.device.say(GET_EID_FROM_9);
  const [request] = heard;
  const link = bench.kernel.state.links.get(2);
  if (request === undefined || link === undefined) throw new Error('nothing heard');
  bench.kernel.set(link, { up: false });
  await bench.news();
  expect(await bench.outcome(bench.net.reply(request, hex('00 01 02')))).toMatch(/^link-down:/);
  bench.kernel.unplug(link);
  await bench.news();
  expect(await bench.outcome(bench.net.reply(request, hex('00 01 02')))).toMatch(/^unreachable: .*index 2/);
});

test('an answer to who is known by EID and tag only', async () => {
  await using bench = await KernelBench.withSerial();
  await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
  await bench.net.reply({ kind: 'eid', network: 1, eid: 9, tag: 5 }, hex('01 02'));
  await idle();
  expect(bench.device.heard()).toEqual(['010908c50102']);
  const lost = bench.net.reply({ kind: 'eid', network: 1, eid: 10, tag: 5 }, hex('01 02'));
  expect(await bench.outcome(lost)).toMatch(/^unreachable: .*EHOSTUNREACH/);
});

test('R-DEMUX-28: a request to our own EID is heard, and its answer reaches whoever asked', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(1, (incoming) => heard.push(incoming) > 0, Priority.client);
  const exchange = await bench.net.request({ kind: 'eid', network: 1, eid: 8 }, hex('01 80 00 02'));
  await idle();
  const [request] = heard;
  if (request === undefined) throw new Error('nothing heard');
  expect(request).toMatchObject({ network: 1, link: 2, source: 8, localEid: 8, to: true });
  await bench.net.reply(request, hex('01 00 00 02'));
  expect(toHex((await exchange.receive(100))?.bytes ?? new Uint8Array(0))).toBe('01000002');
  await idle();
  expect([bench.device.heard(), bench.kernel.mctp.tagsInUse]).toEqual([[], 0]);
});

test('R-DEMUX-46: a type is bound while somebody listens to it, and not in advance', async () => {
  await using bench = await KernelBench.withSerial();
  const before = bench.kernel.mctp.openSockets;
  const first = bench.net.listen(1, () => true, Priority.client);
  const second = bench.net.listen(1, () => true, Priority.demux);
  expect(bench.kernel.mctp.openSockets).toBe(before + 1);
  first.unsubscribe();
  first.unsubscribe();
  expect(bench.kernel.mctp.openSockets).toBe(before + 1);
  second.unsubscribe();
  expect(bench.kernel.mctp.openSockets).toBe(before);
});

test('nothing is bound before there is a link to hear something on', async () => {
  await using bench = KernelBench.create();
  bench.net.listen(0, () => true, Priority.responder);
  await bench.start({ refuse: () => undefined, besideUserLinks: true });
  expect(bench.kernel.mctp.openSockets).toBe(0);
  await bench.kernel.plug('mctpserial0');
  await bench.news();
  expect(bench.kernel.mctp.openSockets).toBe(1);
});

describe('R-DEMUX-46: a type that cannot be bound', () => {
  const quiet = { refused: () => undefined };

  test('EADDRINUSE: whoever asks is refused, the log says once what to do', async () => {
    await using bench = await KernelBench.withSerial();
    const release = bench.kernel.mctp.hold(1);
    const before = bench.kernel.mctp.openSockets;
    const listen = () => bench.net.listen(1, () => true, Priority.demux, quiet);
    for (let times = 0; times < 2; times++) {
      expect(listen).toThrow(expect.objectContaining({ code: 'name-taken' }) as Error);
    }
    expect(bench.kernel.mctp.openSockets).toBe(before);
    const [line = '', ...more] = bench.logged;
    expect(line).toMatch(/^error: .*"messageType":1.*another program.*leave the type to it.*EADDRINUSE/);
    expect([more, line.includes('CAP_')]).toEqual([[], false]);
    release();
    const listening = listen();
    expect(bench.kernel.mctp.openSockets).toBe(before);
    listening.unsubscribe();
    bench.kernel.mctp.hold(1);
    expect(listen).toThrow();
    expect(bench.logged.map((text) => text.replace(/:.*/, ''))).toEqual(['error', 'info', 'error']);
    // Whoever was refused asks again if he likes.
    expect(bench.clock.timers).toBe(0);
  });

  test('EACCES: what is missing is the capability, and nobody else is to blame', async () => {
    await using bench = await KernelBench.withSerial({ may: { bind: false } });
    const listen = () => bench.net.listen(1, () => true, Priority.demux, quiet);
    expect(listen).toThrow(
      expect.objectContaining({
        code: 'not-permitted',
        context: expect.objectContaining({ messageType: 1 }) as unknown,
      }) as Error,
    );
    const [line = ''] = bench.logged;
    expect(line).toMatch(/^error: .*CAP_NET_BIND_SERVICE.*EACCES/);
    expect(line).not.toContain('another program');
  });

  test('type 0: the line names mctpd, nothing fails, and it is bound when the other is gone', async () => {
    await using bench = KernelBench.create();
    const release = bench.kernel.mctp.hold(0);
    bench.net.listen(0, () => true, Priority.responder);
    await bench.kernel.plug('mctpserial0');
    await bench.start();
    expect(bench.logged).toEqual([
      expect.stringMatching(/^error: .*"messageType":0.*mctpd.*end that one.*EADDRINUSE/),
    ]);
    release();
    expect(bench.kernel.mctp.openSockets).toBe(0);
    await bench.kernel.plug('mctpserial1');
    await bench.news();
    expect(bench.kernel.mctp.boundTypes).toEqual([0]);
    expect(bench.logged.slice(1)).toEqual(['info: requests of this type are heard again {"messageType":0}']);
  });

  test('type 0: also without news of a link, within half a minute, and nothing more is logged until then', async () => {
    await using bench = await KernelBench.withSerial();
    const release = bench.kernel.mctp.hold(0);
    const listening = bench.net.listen(0, () => true, Priority.responder);
    await bench.clock.advance(120_000);
    expect(bench.logged).toEqual([expect.stringContaining('mctpd')]);
    release();
    await bench.clock.advance(29_999);
    expect(bench.kernel.mctp.boundTypes).toEqual([]);
    await bench.clock.advance(1);
    expect([bench.kernel.mctp.boundTypes, bench.clock.timers]).toEqual([[0], 0]);
    listening.unsubscribe();
    expect(bench.kernel.mctp.boundTypes).toEqual([]);
  });

  test.each([
    ['before the listener', true],
    ['after it', false],
  ])('a want that passes: tried again after a second, with the link %s', async (_, linkFirst) => {
    await using bench = KernelBench.create();
    const listen = () => bench.net.listen(0, () => true, Priority.responder);
    await bench.start({ refuse: () => undefined, besideUserLinks: true });
    bench.kernel.noSocket = EMFILE;
    if (!linkFirst) listen();
    await bench.kernel.plug('mctpserial0');
    await bench.news();
    if (linkFirst) listen();
    await bench.clock.advance(5500);
    expect(bench.logged).toEqual([expect.stringMatching(/^error: .*"messageType":0.*EMFILE/)]);
    bench.kernel.noSocket = undefined;
    await bench.clock.advance(500);
    expect([bench.kernel.mctp.boundTypes, bench.clock.timers]).toEqual([[0], 0]);
  });

  test('nobody waits for it any more, or has it already: it is not tried again', async () => {
    await using bench = await KernelBench.withSerial();
    const hear = () => true;
    bench.kernel.noSocket = EMFILE;
    const listening = bench.net.listen(1, hear, Priority.client);
    bench.net.listen(5, hear, Priority.client, { network: 1 });
    expect(bench.clock.timers).toBe(2);
    listening.unsubscribe();
    expect(bench.clock.timers).toBe(1);
    bench.kernel.noSocket = undefined;
    bench.net.listen(5, hear, Priority.demux, quiet);
    expect(bench.clock.timers).toBe(0);
    // Nor when its network has gone.
    const other = await bench.kernel.plug('other', { network: 5 });
    await bench.news();
    bench.kernel.noSocket = EMFILE;
    bench.net.listen(0, hear, Priority.responder, { network: 5 });
    expect(bench.clock.timers).toBe(1);
    bench.kernel.unplug(other);
    await bench.news();
    expect(bench.clock.timers).toBe(0);
  });

  test('another reason than the one before is news for the log', async () => {
    await using bench = await KernelBench.withSerial();
    bench.kernel.noSocket = EMFILE;
    bench.net.listen(0, () => true, Priority.responder);
    bench.kernel.mctp.hold(0);
    bench.kernel.noSocket = undefined;
    await bench.clock.advance(120_000);
    expect(bench.logged).toEqual([expect.stringContaining('EMFILE'), expect.stringContaining('EADDRINUSE')]);
  });

  test('known only when a link comes: whoever asks is told then, and once', async () => {
    await using bench = KernelBench.create();
    bench.kernel.mctp.hold(1);
    const told: string[] = [];
    const listen = (type: number, name: string) =>
      bench.net.listen(type, () => true, Priority.demux, {
        refused: ({ code }) => told.push(`${name} ${code}`),
      });
    const listening = [listen(1, 'a'), listen(1, 'b'), listen(5, 'c')];
    listening[1]?.unsubscribe();
    await bench.start({ refuse: () => undefined, besideUserLinks: true });
    expect(told).toEqual([]);
    await bench.kernel.plug('mctpserial0');
    await bench.kernel.plug('mctpserial1');
    await bench.news();
    expect(told).toEqual(['a name-taken']);
    expect(bench.kernel.mctp.openSockets).toBe(2);
    for (const each of listening) each.unsubscribe();
    expect(bench.kernel.mctp.openSockets).toBe(1);
  });

  test('who is refused may take the last others along and listen anew at once, and is heard later', async () => {
    await using bench = KernelBench.create();
    const release = bench.kernel.mctp.hold(1);
    const refused = (): void => {
      for (const each of listening) each.unsubscribe();
      bench.net.listen(1, () => true, Priority.client);
    };
    const listening = [Priority.demuxAnswer, Priority.demux].map((priority) =>
      bench.net.listen(1, () => true, priority, { refused }),
    );
    await bench.start();
    release();
    await bench.clock.advance(30_000);
    expect(bench.kernel.mctp.boundTypes).toEqual([1]);
  });
});

describe('R-DEMUX-46: a type is bound for networks of the kernel only', () => {
  test('from the first link in the network to the last', async () => {
    await using bench = await KernelBench.withSerial();
    const before = bench.kernel.mctp.openSockets;
    const listening = bench.net.listen(1, () => true, Priority.demux, { network: 5 });
    expect(bench.kernel.mctp.openSockets).toBe(before);
    const [link] = [...bench.kernel.state.links.values()].filter(({ name }) => name === 'mctpserial0');
    if (link === undefined) throw new Error('no link');
    for (const [network, more] of [
      [5, 1],
      [1, 0],
      [5, 1],
    ] as const) {
      bench.kernel.set(link, { network });
      await bench.news();
      expect(bench.kernel.mctp.openSockets).toBe(before + more);
    }
    listening.unsubscribe();
    expect(bench.kernel.mctp.openSockets).toBe(before);
  });

  test('what comes from another network is not heard', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.kernel.plug('other', { network: 5 });
    await bench.news();
    const heard: number[] = [];
    bench.net.listen(0, () => heard.push(5) > 0, Priority.responder, { network: 5 });
    bench.net.listen(0, () => heard.push(1) > 0, Priority.demux, { network: 1 });
    await bench.device.say(GET_EID_FROM_9);
    expect(heard).toEqual([1]);
  });
});

test('without CAP_NET_BIND_SERVICE requests are not heard, and the log says why', async () => {
  await using bench = await KernelBench.withSerial({ may: { bind: false } });
  bench.net.listen(0, () => true, Priority.responder);
  expect(bench.logged).toEqual([expect.stringMatching(/^error: .*CAP_NET_BIND_SERVICE.*EACCES/)]);
  // It does not come while we run.
  expect(bench.clock.timers).toBe(0);
});

test('a handler that leaves a message gives it to the next', async () => {
  await using bench = await KernelBench.withSerial();
  const order: string[] = [];
  bench.net.listen(1, () => order.push('demux') > 0, Priority.demux);
  bench.net.listen(1, () => order.push('client') < 0, Priority.client);
  await bench.device.say('01 08 09 c8 01 02');
  expect(order).toEqual(['client', 'demux']);
});

test('what comes over a link that is not ours is not heard', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(0, (incoming) => heard.push(incoming) > 0, Priority.responder);
  bench.net.serve({ refuse: ({ network }) => (network === 1 ? 'taken' : undefined), besideUserLinks: true });
  await bench.device.say(GET_EID_FROM_9);
  expect(heard).toEqual([]);
});

test('junk on the line reaches nobody', async () => {
  await using bench = await KernelBench.withSerial();
  const heard: Incoming[] = [];
  bench.net.listen(0, (incoming) => heard.push(incoming) > 0, Priority.responder);
  // No header, a reserved source, not for us, an answer nobody asked for.
  await bench.device.say('01', '01 08 03 c8 00 81 02', '01 30 09 c8 00 81 02', '01 08 09 c0 00 01 02');
  expect(heard).toEqual([]);
});
