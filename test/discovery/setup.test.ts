import { MctpError } from '../../src/base/errors';
import { hex } from '../support/vectors';
import { Bench, UUID } from './bench';
import type { FakeDevice } from './fake-device';

/** Transcripts are compared modulo instance IDs (R-DISC-10): bits 4:0 of the first byte become zero. */
function withoutInstance(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = hex(text);
  bytes[0] = (bytes[0] ?? 0) & 0xe0;
  return Buffer.from(bytes).toString('hex');
}

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.stop());

/** Everything the device was sent, as command codes. */
const commands = (): string[] => bench.bus.commands().map((each) => each.slice(0, 2));

describe('SetupEndpoint', () => {
  test('R-DISC-57 R-DISC-12 R-DISC-30 R-DISC-31 R-DISC-44 the recorded exchange with a plain device at 0x1d', async () => {
    bench.device(0x1d, { uuid: UUID });
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: true });
    const uuid = UUID.replaceAll('-', '');
    const wanted = [
      ['physical', '80 02', '00 02 00 00 00 00'],
      'neighbour 9 -> 1d',
      'route 9 mtu 68',
      ['physical', '81 01 00 09', '01 01 00 00 09 00'],
      ['routed', '82 05', '02 05 00 02 00 01'],
      ['routed', '83 03', `03 03 00 ${uuid}`],
    ].map((each) =>
      typeof each === 'string' ? each : [each[0], withoutInstance(each[1]), withoutInstance(each[2])],
    );
    const seen = bench.bus.transcript.map((each) =>
      typeof each === 'string'
        ? each
        : [each.way, withoutInstance(each.request), withoutInstance(each.response)],
    );
    expect(seen).toEqual(wanted);
    expect(bench.registry.endpoint(1, 9)).toEqual({
      network: 1,
      eid: 9,
      local: false,
      link: 1,
      physicalAddress: Uint8Array.of(0x1d),
      bridge: 0,
      connectivity: 'Available',
      types: [0, 1],
      vendorTypes: [],
      uuid: UUID,
    });
  });

  test('R-DISC-41 the recorded exchange with vendor defined types', async () => {
    bench.device(0x1e, {
      eid: 10,
      types: [0, 1, 0x7e, 0x7f],
      vendorTypes: ['00 8086 0001', '01 0000a015 0002'],
    });
    await bench.setup(0x1e);
    const seen = bench.bus
      .exchanges()
      .slice(1, 4)
      .map((each) => [withoutInstance(each.request), withoutInstance(each.response)]);
    expect(seen).toEqual(
      [
        ['86 05', '06 05 00 04 00 01 7e 7f'],
        ['87 06 00', '07 06 00 01 00 80 86 00 01'],
        ['88 06 01', '08 06 00 ff 01 00 00 a0 15 00 02'],
      ].map((pair) => pair.map(withoutInstance)),
    );
    expect(bench.registry.endpoint(1, 10)?.vendorTypes).toEqual([
      { format: 0, vendor: 0x8086, subtype: 1 },
      { format: 1, vendor: 40981, subtype: 2 },
    ]);
  });

  test('R-DISC-50 silence fails after four attempts and leaves nothing, R-CONS-25', async () => {
    bench.device(0x1d).dead = true;
    const begun = bench.clock.now();
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1d)), 'no-response');
    expect(bench.clock.now() - begun).toBe(1000);
    expect(commands()).toEqual(['02', '02', '02', '02']);
    expect(bench.paths()).toEqual([]);
    expect(bench.events).toEqual([]);
  });

  test('R-DISC-50 a known peer stays when its device is silent', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.dead = true;
    await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1d)), 'no-response');
    expect(bench.eids()).toEqual([9]);
  });

  test('R-DISC-50 a refused Get Endpoint ID', async () => {
    bench.device(0x1d).script = () => '05';
    const error = await bench.failure(bench.engine.setupEndpoint(1, Uint8Array.of(0x1d)), 'refused');
    expect(error.context.completionCode).toBe(5);
  });

  test('R-DISC-52 a known device with its EID costs one command and is not new', async () => {
    bench.device(0x1d);
    await bench.setup(0x1d);
    bench.bus.transcript.length = 0;
    bench.events.length = 0;
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: false });
    expect(commands()).toEqual(['02']);
    expect(bench.events).toEqual([]);
  });

  test('R-DISC-53 a known device that was reset is removed and assigned again', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.reset();
    bench.events.length = 0;
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: true });
    expect(bench.events).toEqual(['endpoint-removed 1/9', 'endpoint-added 1/9']);
    expect(bench.paths()).toEqual(['9 -> 1d', 'route 9 mtu 68']);
  });

  test('R-DISC-53 a known device with another EID is taken over under that', async () => {
    const device = bench.device(0x1d);
    await bench.setup(0x1d);
    device.eid = 40;
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 40, isNew: true });
    expect(bench.eids()).toEqual([40]);
    expect(bench.paths()).toEqual(['40 -> 1d', 'route 40 mtu 68']);
  });

  test('R-DISC-53 a bridge that wants no pool keeps its object on a second call', async () => {
    bench.device(0x1d, { bridge: true });
    await bench.setup(0x1d);
    bench.events.length = 0;
    expect((await bench.setup(0x1d)).isNew).toBe(false);
    expect(bench.events).toEqual([]);
  });

  test('R-DISC-53 a device that has become a bridge since it was adopted is assigned', async () => {
    const device = bench.device(0x1d, { eid: 40 });
    await bench.setup(0x1d);
    device.bridge = true;
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: true });
  });

  test('R-DISC-54 R-DISC-20 an EID of its own is adopted, also outside the dynamic range', async () => {
    await bench.stop();
    bench = new Bench({ dynamicEids: { ranges: [{ first: 100, last: 120 }], reserved: new Set() } });
    bench.device(0x1d, { eid: 30 });
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 30, isNew: true });
    expect(commands()).not.toContain('01');
    bench.device(0x1e);
    expect((await bench.setup(0x1e)).eid).toBe(100);
  });

  test.each([1, 7, 255])('R-DISC-54 R-DISC-1 reserved EID %d counts as none', async (eid) => {
    bench.device(0x1d, { eid });
    expect((await bench.setup(0x1d)).eid).toBe(9);
    expect(commands()).toContain('01');
  });

  test('R-DISC-54 R-DISC-55 two devices that claim one EID', async () => {
    bench.device(0x1d, { eid: 30 });
    bench.device(0x1e, { eid: 30 });
    const calls = [0x1d, 0x1e].map((each) => bench.engine.setupEndpoint(1, Uint8Array.of(each)));
    expect((await bench.clock.settle(Promise.all(calls))).map((each) => each.eid)).toEqual([30, 9]);
    expect(bench.eids()).toEqual([9, 30]);
  });

  test('R-DISC-54 our own EID is not adopted', async () => {
    bench.device(0x1d, { eid: 8 });
    expect((await bench.setup(0x1d)).eid).toBe(9);
  });

  test('R-DISC-55 a bridge is assigned whatever EID it has, R-DISC-51', async () => {
    bench.device(0x1d, { eid: 30, bridge: true });
    expect((await bench.setup(0x1d)).eid).toBe(9);
  });

  test('R-DISC-2 networks are independent', async () => {
    bench.bus.addLink({ index: 2, network: 7, localEids: [8] });
    bench.device(0x1d);
    bench.device(0x1d, { link: 2 });
    await bench.setup(0x1d);
    const other = await bench.clock.settle(bench.engine.setupEndpoint(2, Uint8Array.of(0x1d)));
    expect(other).toEqual({ network: 7, eid: 9, isNew: true });
  });

  test('R-CONS-26 R-DISC-43 the object is there before the reply, and R-CONS-14 complete', async () => {
    const device = bench.device(0x1d, { uuid: UUID });
    const seen: string[] = [];
    bench.registry.events.on((event) => {
      if (event.kind === 'endpoint-added') seen.push(`added with types ${event.endpoint.types.join()}`);
    });
    await bench.setup(0x1d).then(() => seen.push('reply'));
    expect(seen).toEqual(['added with types 0,1', 'reply']);
    expect(device.eid).toBe(9);
  });
});

describe('the answer to Set Endpoint ID', () => {
  /** What the device says to Set Endpoint ID, and what it has afterwards. */
  const answering = (answer: string, eid = 0): FakeDevice => {
    const device = bench.device(0x1d);
    device.script = (command) => {
      if (command !== 1) return undefined;
      device.eid = eid;
      return answer;
    };
    return device;
  };
  const call = () => bench.engine.setupEndpoint(1, Uint8Array.of(0x1d));
  const left = () => [bench.paths(), bench.eids(), bench.events];

  test('R-DISC-45 rejected with the EID we wanted is as good as accepted', async () => {
    answering('00 10 09 00', 9);
    expect((await bench.clock.settle(call())).eid).toBe(9);
  });

  test('R-DISC-47 another EID that is free: the endpoint moves there, with its UUID', async () => {
    answering('00 10 32 00', 0x32).uuid = UUID;
    expect(await bench.clock.settle(call())).toEqual({ network: 1, eid: 0x32, isNew: true });
    expect(bench.paths()).toEqual(['50 -> 1d', 'route 50 mtu 68']);
    expect(bench.registry.endpoint(1, 0x32)?.uuid).toBe(UUID);
    // The EID it did not take is free again.
    bench.device(0x1e);
    expect((await bench.setup(0x1e)).eid).toBe(9);
  });

  test('R-DISC-47 R-DISC-48 another EID that is taken', async () => {
    answering('00 00 08 00', 8);
    const error = await bench.failure(call(), 'set-eid-conflict');
    expect(error.context).toMatchObject({ eid: 9, requestedEid: 8, link: 'mctp1' });
    expect(left()).toEqual([[], [], []]);
  });

  test.each(['00 00 00 00', '00 10 07 00', '00 00 ff 00'])(
    'R-DISC-45 R-DISC-33 an EID nobody can have: %s',
    async (answer) => {
      answering(answer);
      await bench.failure(call(), 'set-eid-failed');
      expect(left()).toEqual([[], [], []]);
    },
  );

  test('R-DISC-45 a reserved status: warned about, the EID counts', async () => {
    answering('00 20 09 00', 9);
    expect((await bench.clock.settle(call())).eid).toBe(9);
    expect(bench.warnings()).toEqual(['reserved status in a Set Endpoint ID response']);
  });

  test('R-DISC-45 a reserved status with an invalid EID', async () => {
    answering('00 30 00 00');
    await bench.failure(call(), 'bad-response');
  });

  test('R-DISC-48 refused', async () => {
    answering('05');
    const error = await bench.failure(call(), 'set-eid-failed');
    expect(error.context.completionCode).toBe(5);
    expect(left()).toEqual([[], [], []]);
  });

  test('R-DISC-48 silence', async () => {
    answering('silent');
    await bench.failure(call(), 'no-response');
    expect(left()).toEqual([[], [], []]);
  });

  test('R-DISC-40 R-DISC-48 no message types: no endpoint', async () => {
    const device = bench.device(0x1d);
    device.script = (command) => (command === 5 ? 'silent' : undefined);
    await bench.failure(call(), 'query-failed');
    expect(left()).toEqual([[], [], []]);
  });

  test('R-DISC-30 a missing capability is told once, and hides no other failure', async () => {
    const denied = new MctpError('not-permitted', 'CAP_NET_ADMIN');
    const causes = [denied, undefined, denied, new Error('no memory')];
    for (const [at, cause] of causes.entries()) {
      bench.device(at);
      bench.bus.failing = (action) => (action.startsWith('neighbour') ? cause : undefined);
      await bench.clock.settle(bench.engine.assignEndpoint(1, Uint8Array.of(at)).catch(() => undefined));
    }
    const told = bench.logged.filter(({ message }) => message === 'path not changed');
    expect(told.map(({ level }) => level)).toEqual(['warn', 'debug', 'warn']);
  });

  test('R-DISC-30 a path that cannot be installed is logged, and nothing of it is removed', async () => {
    bench.device(0x1d);
    bench.bus.failing = (action) => (action.startsWith('neighbour') ? new Error('no memory') : undefined);
    await bench.failure(call(), 'query-failed');
    expect(bench.warnings()).toEqual(['path not changed']);
    expect(bench.bus.transcript).not.toContain('no neighbour 9');
    expect(bench.bus.transcript).toContain('no route 9');
  });

  test('R-DISC-30 on a point-to-point link there is no neighbour', async () => {
    bench.bus.addLink({
      index: 2,
      addressLength: 0,
      address: new Uint8Array(0),
      pointToPoint: true,
      network: 2,
    });
    bench.device('p2p', { link: 2 });
    await bench.clock.settle(bench.engine.setupEndpoint(2, new Uint8Array(0)));
    expect(bench.paths(2)).toEqual(['route 9 mtu 68']);
  });
});
