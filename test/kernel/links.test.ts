import { newLink } from '../support/fake-kernel/rtnetlink';
import { idle } from '../support/test-clock';
import { KernelBench } from './bench';

test('R-DISC-121: every MCTP link is told with its network and EIDs, others are not', async () => {
  await using bench = KernelBench.create();
  await bench.kernel.plug('mctpserial0', { eids: [9, 8], up: false });
  await bench.kernel.plug('odd', { network: 0 });
  await bench.start();
  expect(bench.events).toEqual(['link-added: lo net 1 up []', 'link-added: mctpserial0 net 1 down [8 9]']);
  expect(bench.net.links()[1]).toEqual({
    ...{ index: 2, name: 'mctpserial0', network: 1, backend: 'kernel', binding: 'unknown', up: false },
    ...{ physicalBinding: 0, address: new Uint8Array(0), addressLength: 0, pointToPoint: true },
    ...{ minMtu: 68, maxMtu: 68, mtu: 68, localEids: [8, 9] },
  });
});

test('a link without an MTU limit: what it has now is the most that is known to work', async () => {
  await using bench = KernelBench.create();
  await bench.start();
  expect(bench.net.links()).toMatchObject([{ name: 'lo', mtu: 65536, maxMtu: 65536 }]);
});

test('a newer kernel tells the physical binding', async () => {
  await using bench = KernelBench.create({ isNew: true });
  await bench.kernel.plug('mctpi2c3', { physicalBinding: 1, address: Uint8Array.of(0x10) });
  await bench.start();
  expect(bench.net.links()[1]).toMatchObject({ binding: 'smbus', physicalBinding: 1, pointToPoint: false });
});

test('R-DISC-123, R-DISC-124, R-DISC-125, R-DISC-126: what happens to a link is told from a new dump', async () => {
  await using bench = KernelBench.create();
  const link = await bench.kernel.plug('mctpserial0', { eids: [8] });
  await bench.start();
  await bench.news();
  bench.kernel.set(link, { up: false });
  expect(await bench.news()).toEqual(['link-changed: mctpserial0 net 1 down [8]']);
  bench.kernel.set(link, { name: 'bmc0' });
  expect(await bench.news()).toEqual(['link-changed: bmc0 net 1 down [8]']);
  bench.kernel.set(link, { network: 5 });
  expect(await bench.news()).toEqual(['link-changed: bmc0 net 5 down [8]']);
  bench.kernel.set(link, { eids: [10] });
  expect(await bench.news()).toEqual([
    'local-eid-removed 8: bmc0 net 5 down []',
    'local-eid-added 10: bmc0 net 5 down [10]',
  ]);
  bench.kernel.unplug(link);
  expect(await bench.news()).toEqual(['link-removed: bmc0 net 5 down [10]']);
});

test('R-DISC-120: a link that comes and one that goes between two looks, in the order of their indexes', async () => {
  await using bench = KernelBench.create();
  const first = await bench.kernel.plug('a', { eids: [8] });
  await bench.start();
  await bench.news();
  bench.kernel.unplug(first);
  await bench.kernel.plug('b');
  await bench.kernel.plug('c');
  expect(await bench.news()).toEqual([
    'link-removed: a net 1 up [8]',
    'link-added: b net 1 up []',
    'link-added: c net 1 up []',
  ]);
});

test('ENOBUFS on the monitor: the events are lost, what they said is not', async () => {
  await using bench = KernelBench.create();
  const link = await bench.kernel.plug('mctpserial0');
  await bench.start();
  await bench.news();
  bench.kernel.set(link, { network: 3 });
  bench.kernel.overrun();
  expect(await bench.news()).toEqual(['link-changed: mctpserial0 net 3 up []']);
  const asked = bench.kernel.asked.length;
  await bench.clock.advance(60_000);
  expect(bench.kernel.asked.length).toBe(asked);
});

test('a burst of events costs two dumps, not one each', async () => {
  await using bench = KernelBench.create();
  const link = await bench.kernel.plug('mctpserial0');
  await bench.start();
  await bench.news();
  const before = bench.kernel.asked.length;
  for (let round = 0; round < 50; round++) bench.kernel.set(link, { up: round % 2 === 0 });
  await bench.news();
  // Four tables each.
  expect(bench.kernel.asked.length - before).toBeLessThanOrEqual(8);
});

test('events of other message types, and damaged ones, do no harm', async () => {
  await using bench = KernelBench.create();
  await bench.kernel.plug('mctpserial0');
  await bench.start();
  await bench.news();
  bench.kernel.event(99, Buffer.alloc(3));
  bench.kernel.event(16, Buffer.alloc(0));
  bench.kernel.event(20, Buffer.from('2d', 'hex'));
  expect(await bench.news()).toEqual([]);
});

test('tables that cannot be read are logged and asked for again a second later', async () => {
  await using bench = KernelBench.create();
  const link = await bench.kernel.plug('mctpserial0');
  await bench.start();
  await bench.news();
  bench.kernel.mangle = (datagrams) => datagrams.slice(0, -1);
  bench.kernel.set(link, { up: false });
  // The event itself is swallowed too; the next one is not.
  bench.kernel.overrun();
  await bench.clock.advance(5000);
  expect(bench.logged).toEqual([expect.stringMatching(/^error: the kernel's MCTP tables.*ETIMEDOUT/)]);
  bench.kernel.mangle = (datagrams) => datagrams;
  await bench.clock.advance(999);
  expect(await bench.news()).toEqual([]);
  await bench.clock.advance(1);
  expect(await bench.news()).toEqual(['link-changed: mctpserial0 net 1 down []']);
});

describe('beside user-space links (D-10)', () => {
  const beside = { refuse: () => undefined, besideUserLinks: true };

  test('a lone lo without an EID is not told, and takes no network', async () => {
    await using bench = KernelBench.create();
    await bench.start(beside);
    expect(await bench.news()).toEqual([]);
    expect([...bench.net.usedNetworks()]).toEqual([]);
  });

  test('lo is told as soon as there is another link, and goes with it', async () => {
    await using bench = KernelBench.create();
    await bench.start(beside);
    const link = await bench.kernel.plug('mctpserial0', { network: 4 });
    expect(await bench.news()).toEqual(['link-added: lo net 1 up []', 'link-added: mctpserial0 net 4 up []']);
    expect([...bench.net.usedNetworks()]).toEqual([4]);
    bench.kernel.unplug(link);
    expect(await bench.news()).toEqual([
      'link-removed: lo net 1 up []',
      'link-removed: mctpserial0 net 4 up []',
    ]);
  });

  test('a link in a network of user space is left out, said once, until it has another one', async () => {
    await using bench = KernelBench.create();
    await bench.start({
      refuse: ({ network }) => (network === 1 ? 'taken' : undefined),
      besideUserLinks: true,
    });
    const link = await bench.kernel.plug('mctpserial0');
    bench.kernel.set(link, { up: false });
    await bench.news();
    bench.kernel.set(link, { up: true });
    expect(await bench.news()).toEqual([]);
    expect(bench.logged).toEqual([
      expect.stringMatching(/^error: a link of the kernel is left out .*"mctpserial0","network":1/),
    ]);
    bench.kernel.set(link, { network: 2 });
    expect(await bench.news()).toEqual(['link-added: mctpserial0 net 2 up []']);
  });
});

test('what was closed hears no event', async () => {
  const bench = KernelBench.create();
  const link = newLink(9, 'late');
  await bench.start();
  await bench[Symbol.asyncDispose]();
  bench.events.length = 0;
  bench.kernel.set(link, { up: true });
  await idle();
  expect(bench.events).toEqual([]);
});
