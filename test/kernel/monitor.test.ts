import type { FakeLink } from '../support/fake-kernel/state';
import { KernelBench, routesOf } from './bench';

/** A bench with `mctpserial0`, all its news heard. */
async function withLink(): Promise<KernelBench> {
  const bench = KernelBench.create();
  await bench.kernel.plug('mctpserial0', { eids: [8] });
  await bench.start();
  await bench.news();
  return bench;
}

function linkOf(bench: KernelBench): FakeLink {
  const link = bench.kernel.state.links.get(2);
  if (link === undefined) throw new Error('no link');
  return link;
}

const DOWN = 'link-changed: mctpserial0 net 1 down [8]';
const asItIs = (datagrams: Buffer[]): Buffer[] => datagrams;

describe('what is no news', () => {
  /** ifinfomsg and name of a device that has no MCTP. */
  function ethernet(index: number): Buffer {
    const event = Buffer.from(
      '00000100 00000000 01000000 00000000 0900 0300 65746830 00000000'.replaceAll(' ', ''),
      'hex',
    );
    event.writeInt32LE(index, 4);
    return event;
  }

  test('other devices of the machine, as often as they have some', async () => {
    await using bench = await withLink();
    const asked = bench.kernel.asked.length;
    for (let count = 0; count < 100; count++) bench.kernel.event(count % 2 === 0 ? 16 : 17, ethernet(77));
    await bench.news();
    expect(bench.kernel.asked.length).toBe(asked);
  });

  test('but not the end of an MCTP device, which does not tell that it was one', async () => {
    await using bench = await withLink();
    const link = linkOf(bench);
    bench.kernel.state.links.delete(link.index);
    bench.kernel.event(17, ethernet(link.index));
    expect(await bench.news()).toEqual(['link-removed: mctpserial0 net 1 up [8]']);
  });

  test.each([
    ['no header', ''],
    ['half a header', '00000100'],
    ['half an attribute', '00000100 4d000000 01000000 00000000 0900 0300 6574'],
  ])('an event that may be about anything is news: %s', async (_what, hex) => {
    await using bench = await withLink();
    const link = linkOf(bench);
    link.up = false;
    bench.kernel.event(16, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(await bench.news()).toEqual([DOWN]);
  });
});

describe('events that are lost', () => {
  test.each([
    ['the buffer ran over', [-105]],
    ['it ran over twice, and an event after it', [-105, -105, Buffer.alloc(16)]],
    ['an event is longer than our buffer, and cut', [-90]],
    ['an event is cut in its datagram', [Buffer.from('40000000100000000000000000000000', 'hex')]],
    ['half a header', [Buffer.alloc(7)]],
  ])('are read anew, within two looks: %s', async (_what, received) => {
    await using bench = await withLink();
    const link = linkOf(bench);
    const asked = bench.kernel.asked.length;
    bench.kernel.mangle = () => received;
    bench.kernel.set(link, { up: false });
    bench.kernel.mangle = asItIs;
    expect(await bench.news()).toEqual([DOWN]);
    await bench.clock.advance(60_000);
    // Four tables each.
    expect(bench.kernel.asked.length - asked).toBeLessThanOrEqual(8);
    expect(bench.logged).toEqual([]);
  });

  test('also while the tables are read, which then are read once more', async () => {
    await using bench = await withLink();
    const link = linkOf(bench);
    bench.kernel.before = (type) => {
      if (type !== 26) return;
      bench.kernel.before = () => undefined;
      link.up = false;
      bench.kernel.overrun();
    };
    bench.kernel.overrun();
    expect(await bench.news()).toEqual([DOWN]);
  });
});

describe('a socket that fails', () => {
  test('is opened anew a second later, and what happened meanwhile is told', async () => {
    await using bench = await withLink();
    const link = linkOf(bench);
    const sockets = bench.kernel.openDescriptors;
    bench.kernel.mangle = () => [-5];
    bench.kernel.set(link, { up: false });
    bench.kernel.mangle = asItIs;
    expect(await bench.news()).toEqual([]);
    expect(bench.kernel.openDescriptors).toBe(sockets - 1);
    expect(bench.logged).toEqual([expect.stringMatching(/^error: links .* not watched .*EIO/)]);
    await bench.clock.advance(1000);
    expect(await bench.news()).toEqual([DOWN]);
    bench.kernel.set(link, { up: true });
    expect(await bench.news()).toEqual(['link-changed: mctpserial0 net 1 up [8]']);
  });

  test('once a second as long as there is none to be had; the log says once why', async () => {
    await using bench = await withLink();
    const link = linkOf(bench);
    const { socket } = bench.kernel.ops;
    let tries = 0;
    bench.kernel.ops.socket = () => {
      tries++;
      return -24;
    };
    bench.kernel.mangle = () => [-5];
    bench.kernel.set(link, { up: false });
    bench.kernel.mangle = asItIs;
    await bench.clock.advance(3500);
    expect(tries).toBe(3);
    expect(bench.logged.slice(1)).toEqual([expect.stringMatching(/EMFILE/)]);
    bench.kernel.ops.socket = socket;
    await bench.clock.advance(1000);
    expect(await bench.news()).toEqual([DOWN]);
  });
});

test('tables that cannot be read are asked for each second; the log says once why, and again after a success', async () => {
  await using bench = await withLink();
  const link = linkOf(bench);
  const failWith = (answer: number) => {
    bench.kernel.mangle = (datagrams) => (datagrams.length > 1 ? [answer] : datagrams);
  };
  for (const round of [1, 2]) {
    failWith(-5);
    bench.kernel.set(link, { up: round === 2 });
    for (let second = 1; second <= 5; second++) {
      await bench.news();
      await bench.clock.advance(1000);
    }
    await bench.news();
    expect(bench.logged).toEqual(
      new Array(round).fill(expect.stringMatching(/^error: the kernel's MCTP tables cannot be read .*EIO/)),
    );
    bench.kernel.mangle = asItIs;
    await bench.clock.advance(1000);
    expect(await bench.news()).toHaveLength(1);
  }
});

test('a change whose answer is lost is known all the same, as soon as the kernel is heard again', async () => {
  await using bench = await KernelBench.withSerial();
  let isLost = true;
  bench.kernel.mangle = (datagrams) => {
    if (!isLost) return datagrams;
    isLost = false;
    return [-105];
  };
  const adding = bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 0 });
  expect(await bench.outcome(adding)).toMatch(/^internal: cannot add the route: .*lost.*ENOBUFS/);
  await bench.news();
  expect(routesOf(bench.net)).toEqual(['9+0 2 0']);
  bench.kernel.mangle = () => [];
  const removing = bench.net.removeRoute({ network: 1, first: 9, extent: 0, link: 2 });
  expect(await bench.outcome(removing)).toMatch(
    /^internal: cannot remove the route: .*not answer.*ETIMEDOUT/,
  );
  bench.kernel.mangle = asItIs;
  // The look after it was not answered either; the next one is, a second later.
  await bench.clock.advance(6000);
  expect(routesOf(bench.net)).toEqual([]);
});
