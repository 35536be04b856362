import { KernelBench, routesOf } from './bench';

describe('our EIDs', () => {
  test('are added and removed, told once, and there when the call resolves', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.news();
    await bench.net.addLocalEid(2, 20);
    expect(bench.net.links()[1]?.localEids).toEqual([8, 20]);
    await bench.net.addLocalEid(2, 20);
    await bench.net.removeLocalEid(2, 8);
    await bench.net.removeLocalEid(2, 8);
    expect(await bench.news()).toEqual([
      'local-eid-added 20: mctpserial0 net 1 up [8 20]',
      'local-eid-removed 8: mctpserial0 net 1 up [20]',
    ]);
    expect(bench.kernel.state.links.get(2)?.eids).toEqual([20]);
  });

  test('errors name the EID and the link', async () => {
    await using bench = await KernelBench.withSerial();
    expect(await bench.outcome(bench.net.addLocalEid(9, 20))).toMatch(/^unknown-link: .*9/);
    expect(await bench.outcome(bench.net.addLocalEid(2, 7))).toMatch(/^invalid-eid:/);
  });
});

describe('routes', () => {
  test('R-DISC-34: added, listed with extent and MTU, removed', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute({ network: 1, first: 20, extent: 9, link: 2, mtu: 0 });
    expect(routesOf(bench.net)).toEqual(['20+9 2 0', '9+0 2 68']);
    expect(routesOf(bench.net, 2)).toEqual([]);
    expect(bench.kernel.state.routes).toMatchObject([
      { first: 20, extent: 9, mtu: 0, link: 2 },
      { first: 9, extent: 0, mtu: 68, link: 2 },
    ]);
    await bench.net.removeRoute({ network: 1, first: 20, extent: 9, link: 2 });
    expect(routesOf(bench.net)).toEqual(['9+0 2 68']);
  });

  test('routes that were there before are known, those to our own EIDs are not told', async () => {
    await using bench = KernelBench.create();
    await bench.kernel.plug('mctpserial0', { eids: [8] });
    bench.kernel.state.routes = [{ first: 30, extent: 1, mtu: 100, link: 2 }];
    await bench.start();
    expect(routesOf(bench.net)).toEqual(['30+1 2 100']);
  });

  test.each([
    ['twice', { first: 9, extent: 0 }, 'route-exists'],
    ['beyond 254', { first: 250, extent: 5 }, 'invalid-arguments'],
    ['below 8', { first: 7, extent: 0 }, 'invalid-arguments'],
    ['on lo', { first: 40, extent: 0, link: 1 }, 'invalid-arguments'],
    ['over a link of another network', { first: 40, extent: 0, network: 3 }, 'invalid-arguments'],
    ['over no link', { first: 40, extent: 0, link: 77 }, 'unknown-link'],
    ['over a link and a gateway', { first: 40, extent: 0, gateway: 9 }, 'invalid-arguments'],
  ])('one that is %s is refused', async (_what, given, code) => {
    await using bench = await KernelBench.withSerial();
    const base = { network: 1, link: 2, mtu: 0 };
    await bench.net.addRoute({ ...base, first: 9, extent: 0 });
    expect(await bench.outcome(bench.net.addRoute({ ...base, ...given }))).toMatch(new RegExp(`^${code}:`));
  });

  test('R-DISC-169 one that somebody else has added meanwhile is looked up when it is in the way', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.kernel.plug('mctpserial1', { eids: [8] });
    await bench.news();
    bench.kernel.state.routes = [{ first: 9, extent: 0, mtu: 100, link: 3 }];
    const route = { network: 1, first: 9, extent: 0, link: 2, mtu: 68 };
    expect(await bench.outcome(bench.net.addRoute(route))).toMatch(/^route-exists:/);
    expect(routesOf(bench.net)).toEqual(['9+0 3 100']);
    const asked = bench.kernel.asked.length;
    expect(await bench.outcome(bench.net.addRoute(route))).toMatch(/^route-exists:/);
    expect(bench.kernel.asked.length - asked).toBe(1);
    await bench.net.removeRoute({ ...route, link: 3 });
    await bench.net.addRoute(route);
    expect(bench.kernel.state.routes).toMatchObject([{ first: 9, link: 2 }]);
  });

  test.each([
    { first: 250, extent: 5 },
    { first: 7, extent: 0 },
    { first: 20, extent: -1 },
  ])('R-DISC-34: $first and $extent more is refused before the kernel is asked', async (range) => {
    await using bench = await KernelBench.withSerial();
    const asked = bench.kernel.asked.length;
    const adding = bench.net.addRoute({ network: 1, link: 2, mtu: 0, ...range });
    expect(await bench.outcome(adding)).toMatch(/^invalid-arguments:/);
    expect(bench.kernel.asked.length).toBe(asked);
  });

  test('what the kernel says about a refusal is part of the error', async () => {
    await using bench = await KernelBench.withSerial();
    const onLo = bench.net.addRoute({ network: 1, first: 40, extent: 0, link: 1, mtu: 0 });
    expect(await bench.outcome(onLo)).toMatch(/no routes to loopback.*EINVAL/);
  });

  test('removing what is not there is told, in whatever network', async () => {
    await using bench = await KernelBench.withSerial();
    const route = { network: 1, first: 9, extent: 0, link: 2 };
    expect(await bench.outcome(bench.net.removeRoute(route))).toMatch(/^no-such-route:/);
    expect(await bench.outcome(bench.net.removeRoute({ ...route, network: 4 }))).toMatch(/^no-such-route:/);
  });

  test('R-DISC-125: a route goes along with its link into another network', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 0 });
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.set(link, { network: 6 });
    await bench.news();
    expect(routesOf(bench.net, 1)).toEqual([]);
    expect(routesOf(bench.net, 6)).toEqual(['9+0 2 0']);
    await bench.net.removeRoute({ network: 6, first: 9, extent: 0, link: 2 });
    expect(bench.kernel.state.routes).toEqual([]);
  });

  test('they go with their link', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 0 });
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.unplug(link);
    await bench.news();
    expect(routesOf(bench.net)).toEqual([]);
  });
});

describe('R-DISC-32: a range behind a bridge', () => {
  const pool = { network: 1, first: 20, extent: 2, gateway: 9, mtu: 68 };

  test('is one route through a gateway where the kernel has those', async () => {
    await using bench = await KernelBench.withI2c({ isNew: true });
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    expect(routesOf(bench.net)).toEqual(['20+2 gw 9 68', '9+0 2 68']);
    expect(bench.kernel.state.routes[0]).toMatchObject({ gateway: { network: 1, eid: 9 } });
    await bench.net.removeRoute({ network: 1, first: 20, extent: 2 });
    expect(bench.kernel.state.routes).toHaveLength(1);
  });

  test('is a route and a neighbour per EID on 6.1, and still one route for us', async () => {
    await using bench = await KernelBench.withI2c();
    await bench.net.addNeighbour({ link: 2, eid: 9, address: Uint8Array.of(0x1d) });
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    expect(routesOf(bench.net)).toEqual(['9+0 2 68', '20+2 gw 9 68']);
    expect(bench.kernel.state.routes.map(({ first, mtu }) => `${first} ${mtu}`)).toEqual([
      '22 68',
      '21 68',
      '20 68',
      '9 68',
    ]);
    expect(bench.kernel.state.neighbours.map(({ eid, address }) => `${eid} ${address[0]}`)).toEqual([
      '9 29',
      '20 29',
      '21 29',
      '22 29',
    ]);
    expect(await bench.outcome(bench.net.addRoute(pool))).toMatch(/^route-exists:/);
    bench.kernel.overrun();
    await bench.news();
    expect(routesOf(bench.net)).toEqual(['9+0 2 68', '20+2 gw 9 68']);
    await bench.net.removeRoute({ network: 1, first: 20, extent: 2 });
    expect(bench.kernel.state.routes).toHaveLength(1);
    expect(bench.kernel.state.neighbours).toHaveLength(1);
  });

  test('goes with the link of its bridge, also when it is removed before we have heard of that', async () => {
    await using bench = await KernelBench.withI2c();
    await bench.net.addNeighbour({ link: 2, eid: 9, address: Uint8Array.of(0x1d) });
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    const link = bench.kernel.state.links.get(2);
    if (link === undefined) throw new Error('no link');
    bench.kernel.state.links.delete(2);
    await bench.net.removeNeighbour({ link: 2, eid: 9 });
    await bench.net.removeRoute({ network: 1, first: 20, extent: 2 });
    bench.kernel.state.links.set(2, link);
    bench.kernel.state.routes = bench.kernel.state.routes.filter(({ first }) => first === 9);
    await bench.net.addNeighbour({ link: 2, eid: 9, address: Uint8Array.of(0x1d) });
    await bench.net.addRoute(pool);
    bench.kernel.unplug(link);
    await bench.news();
    expect(routesOf(bench.net)).toEqual([]);
    await bench.kernel.plug('mctpi2c4');
    await bench.news();
    expect(routesOf(bench.net)).toEqual([]);
  });

  test('hides the route of each of its EIDs, and no other', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    await bench.net.addRoute({ network: 1, first: 21, extent: 1, link: 2, mtu: 68 });
    expect(routesOf(bench.net)).toEqual(['21+1 2 68', '9+0 2 68', '20+2 gw 9 68']);
  });

  test('that may not be added is not tried in pieces', async () => {
    await using bench = await KernelBench.withSerial({ isNew: true, may: { admin: false } });
    expect(await bench.outcome(bench.net.addRoute(pool))).toMatch(/^not-permitted: .*CAP_NET_ADMIN/);
  });

  test('needs no neighbours on a serial line', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    expect(bench.kernel.state.routes).toHaveLength(4);
    expect(bench.kernel.state.neighbours).toEqual([]);
  });

  test('R-DISC-169 takes over routes of an earlier run, also those that lead to another link', async () => {
    await using bench = KernelBench.create();
    await bench.kernel.plug('mctpserial0', { eids: [8] });
    await bench.kernel.plug('mctpserial1', { eids: [8] });
    bench.kernel.state.routes = [
      { first: 21, extent: 0, mtu: 68, link: 3 },
      { first: 20, extent: 0, mtu: 68, link: 2 },
    ];
    await bench.start();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    expect(bench.kernel.state.routes.map(({ first, link }) => `${first} over ${link}`)).toEqual([
      '22 over 2',
      '21 over 2',
      '9 over 2',
      '20 over 2',
    ]);
    expect(routesOf(bench.net)).toEqual(['9+0 2 68', '20+2 gw 9 68']);
  });

  test('that a kernel with gateways does not take is not tried in pieces', async () => {
    await using bench = await KernelBench.withSerial({ isNew: true });
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    bench.kernel.refusals.push({ errno: 22, text: 'no such gateway' });
    expect(await bench.outcome(bench.net.addRoute(pool))).toMatch(/^invalid-arguments: .*"no such gateway"/);
    expect(bench.kernel.state.routes).toHaveLength(1);
  });

  test.each([
    ['on its link', 'mctpserial0', 1],
    ['on another link of the network', 'mctpserial1', 1],
  ])('has none of our own EIDs in it, %s: nothing of it is made', async (_where, name, network) => {
    await using bench = KernelBench.create();
    await bench.kernel.plug('mctpserial0', { eids: name === 'mctpserial0' ? [8, 21] : [8] });
    await bench.kernel.plug('mctpserial1', { eids: name === 'mctpserial0' ? [] : [21], network });
    await bench.start();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    expect(await bench.outcome(bench.net.addRoute(pool))).toMatch(/^invalid-arguments: .*21 .*our own/);
    expect(bench.kernel.state.routes).toMatchObject([{ first: 9 }]);
    expect(routesOf(bench.net)).toEqual(['9+0 2 68']);
  });

  test('our own EID of another network is no matter', async () => {
    await using bench = KernelBench.create();
    await bench.kernel.plug('mctpserial0', { eids: [8] });
    await bench.kernel.plug('mctpserial1', { eids: [21], network: 2 });
    await bench.start();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    await bench.net.addRoute(pool);
    expect(bench.kernel.state.routes).toHaveLength(4);
  });

  test('leaves nothing behind when it fails midway', async () => {
    await using bench = await KernelBench.withSerial();
    await bench.net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 68 });
    // No gateways here; 20 is taken, 21 meets a kernel without memory.
    bench.kernel.refusals.push(22, 0, 12);
    expect(await bench.outcome(bench.net.addRoute(pool))).toMatch(/^internal: cannot add the route.*ENOMEM/);
    expect(bench.kernel.state.routes).toHaveLength(1);
    expect(routesOf(bench.net)).toEqual(['9+0 2 68']);
  });

  test('says so when the way to the bridge is not known', async () => {
    await using bench = await KernelBench.withSerial();
    expect(await bench.outcome(bench.net.addRoute(pool))).toMatch(/^unreachable: .*no route to the bridge/);
  });
});

describe('neighbours', () => {
  test('R-DISC-34: are added, replaced, removed', async () => {
    await using bench = await KernelBench.withI2c();
    await bench.net.addNeighbour({ link: 2, eid: 9, address: Uint8Array.of(0x1d) });
    await bench.net.addNeighbour({ link: 2, eid: 9, address: Uint8Array.of(0x1e) });
    expect(bench.net.neighbours(1)).toEqual([{ link: 2, eid: 9, address: Uint8Array.of(0x1e) }]);
    expect(bench.kernel.state.neighbours.map(({ address }) => address[0])).toEqual([0x1e]);
    await bench.net.removeNeighbour({ link: 2, eid: 9 });
    await bench.net.removeNeighbour({ link: 2, eid: 9 });
    expect(bench.kernel.state.neighbours).toEqual([]);
    expect(bench.net.neighbours(1)).toEqual([]);
  });

  test('an address of another length is refused before the kernel is asked', async () => {
    await using bench = await KernelBench.withI2c();
    const adding = bench.net.addNeighbour({ link: 2, eid: 9, address: new Uint8Array(0) });
    expect(await bench.outcome(adding)).toMatch(/^bad-physaddr: .*1 bytes/);
  });
});

test('without CAP_NET_ADMIN every change says so', async () => {
  await using bench = await KernelBench.withI2c({ may: { admin: false } });
  const { net } = bench;
  const missing = /^not-permitted: .*CAP_NET_ADMIN.*EPERM/;
  expect(await bench.outcome(net.addLocalEid(2, 20))).toMatch(missing);
  expect(await bench.outcome(net.addRoute({ network: 1, first: 9, extent: 0, link: 2, mtu: 0 }))).toMatch(
    missing,
  );
  expect(await bench.outcome(net.addNeighbour({ link: 2, eid: 9, address: Uint8Array.of(1) }))).toMatch(
    missing,
  );
  expect(await bench.outcome(net.removeNeighbour({ link: 2, eid: 9 }))).toMatch(missing);
});

describe('answers of the kernel that are not as they should be', () => {
  test('one that does not come ends the wait with an error, and the next request is answered', async () => {
    await using bench = await KernelBench.withI2c();
    bench.kernel.mangle = () => [];
    expect(await bench.outcome(bench.net.addLocalEid(2, 20))).toMatch(/^internal: .*ETIMEDOUT/);
    bench.kernel.mangle = (datagrams) => datagrams;
    expect(await bench.outcome(bench.net.addLocalEid(2, 21))).toBe('ok');
  });

  test('one of an older request, unknown ones and halves before the real one are left out', async () => {
    await using bench = await KernelBench.withI2c();
    bench.kernel.mangle = (datagrams) => [
      Buffer.from('1400000002000001ffffff7f00000000eaffffff', 'hex'),
      Buffer.from('10000000', 'hex'),
      ...datagrams,
      ...datagrams,
    ];
    expect(await bench.outcome(bench.net.addLocalEid(2, 20))).toBe('ok');
    expect(await bench.outcome(bench.net.addLocalEid(2, 21))).toBe('ok');
  });

  test('an acknowledgement too short to tell is a failure', async () => {
    await using bench = await KernelBench.withI2c();
    bench.kernel.mangle = (datagrams) =>
      datagrams.map((each) => {
        const cut = Buffer.from(each.subarray(0, 16));
        cut.writeUInt32LE(16, 0);
        return cut;
      });
    expect(await bench.outcome(bench.net.addLocalEid(2, 20))).toMatch(/^internal: .*EIO/);
  });

  test('a dump that the kernel marks as interrupted is taken again', async () => {
    await using bench = KernelBench.create();
    await bench.kernel.plug('mctpserial0');
    let torn = 2;
    bench.kernel.mangle = (datagrams) => {
      if (torn-- <= 0) return datagrams;
      return datagrams.map((each) => {
        const marked = Buffer.from(each);
        marked.writeUInt16LE(marked.readUInt16LE(6) | 0x10, 6);
        return marked;
      });
    };
    await bench.start();
    expect(bench.net.links().map(({ name }) => name)).toEqual(['lo', 'mctpserial0']);
    expect(bench.kernel.asked.filter((each) => each.startsWith('18 '))).toHaveLength(3);
  });
});
