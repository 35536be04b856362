import { Iface, ROOT_PATH, SERVICE_NAME, endpointPath, linkPath } from '../../src/base/bus-names';
import { systemClock } from '../../src/base/clock';
import { openClient } from '../../src/scan/open-client';
import type { Endpoint } from '../../src/scan/endpoint';
import { scan } from '../../src/scan/scan';
import { SocketBench } from '../client/socket-bench';
import { failure } from '../client/bench';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { hex } from '../support/vectors';
import { eventually } from '../support/within';
import { FakeBus, FakeBusError, variant } from './fake-bus';
import { endpointObject, linkObject, recordedObjects } from './recorded';

expectNoDescriptorLeft();

const eids = (endpoints: readonly Endpoint[]): number[] => endpoints.map((each) => each.eid);

describe('scan', () => {
  test('R-DBUS-30 finds the endpoints of a type with one call, without the local ones', async () => {
    const bus = new FakeBus(recordedObjects());
    expect(eids(await scan({ bus, messageType: 4 }))).toEqual([9]);
    expect(bus.calls.map((call) => call.member)).toEqual(['GetManagedObjects']);
    expect(eids(await scan({ bus, messageType: 1 }))).toEqual([10, 12]);
    expect(eids(await scan({ bus }))).toEqual([9, 10, 11, 12]);
    expect(eids(await scan({ bus, includeLocal: true }))).toEqual([8, 9, 10, 11, 12]);
    expect(await scan({ bus, network: 2 })).toEqual([]);
    expect(bus.closed).toBe(0);
  });

  test.each(['i', 'u'] as const)(
    'R-DBUS-43 R-DBUS-50 upstream with NetworkId of type %s is understood, its endpoints are the kernel’s',
    async (networkSignature) => {
      const bus = new FakeBus(recordedObjects({ own: false, networkSignature }));
      const found = await scan({ bus, messageType: 4, network: 1 });
      expect(found).toMatchObject([{ network: 1, eid: 9, types: [0, 4], transport: 'kernel' }]);
      const [nine] = found;
      if (nine === undefined) throw new Error('not found');
      // Of the kernel: a host may have MCTP or not.
      const asked: unknown[] = [];
      const opened = openClient(bus, nine, systemClock, (options) => {
        asked.push(options);
        return Promise.reject(new Error('the kernel was asked'));
      });
      await expect(opened).rejects.toThrow('the kernel was asked');
      expect(asked).toEqual([{ network: 1, clock: systemClock }]);
    },
  );

  test('bytes are copied out of the receive buffer', async () => {
    const buffer = Buffer.from([0x1d]);
    const own = { [Iface.ownEndpoint]: { PhysicalAddress: variant('ay', buffer) } };
    const bus = new FakeBus({ [endpointPath(1, 9)]: { ...endpointObject(9), ...own } });
    const [endpoint] = await scan({ bus });
    buffer[0] = 0xff;
    expect(endpoint?.physicalAddress).toEqual(Uint8Array.of(0x1d));
  });

  test('gives up with the reason of its signal, before and during the call', async () => {
    const bus = new FakeBus(recordedObjects());
    await expect(scan({ bus, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(bus.calls).toEqual([]);
    bus.on(`${Iface.objectManager}.GetManagedObjects`, () => new Promise(() => undefined));
    const stop = new AbortController();
    const waiting = scan({ bus, signal: stop.signal });
    stop.abort(new Error('late'));
    await expect(waiting).rejects.toThrow('late');
  });

  test('without a daemon the error of the bus comes through', async () => {
    const bus = new FakeBus();
    bus.running = false;
    await expect(scan({ bus })).rejects.toBeInstanceOf(FakeBusError);
  });

  test('an address that no bus can have is told before anything is tried', async () => {
    await expect(scan({ bus: 'unix:abstract=x' })).rejects.toMatchObject({ code: 'bus-failed' });
  });
});

describe('Endpoint.open', () => {
  let sockets: SocketBench;
  let bus: FakeBus;
  beforeEach(async () => {
    sockets = await SocketBench.start();
    bus = new FakeBus(recordedObjects());
    bus.on(`${Iface.properties}.Get`, () => [variant('s', sockets.name.replace('\0', '@'))]);
  });
  afterEach(() => sockets.close());

  const scanned = (): Promise<readonly Endpoint[]> => scan({ bus, clock: sockets.bench.clock });

  test('R-DBUS-51 asks a drive by the socket that the daemon publishes', async () => {
    const device = await sockets.bench.device(9);
    const [nine] = await scanned();
    await using channel = await nine?.open({ timeoutMillis: 1000 });
    expect(bus.calls.at(-1)).toEqual({
      destination: SERVICE_NAME,
      path: ROOT_PATH,
      iface: Iface.properties,
      member: 'Get',
      signature: 'ss',
      body: [Iface.ownManager, 'ClientSocket'],
    });
    await channel?.send(4, hex('0102'));
    const [asked = ''] = await eventually('the request', () => {
      const heard = device.heard();
      return heard.length > 0 && heard;
    });
    expect(asked.slice(0, 6)).toBe('010908');
    // The response bears the tag of the request, without the TO bit.
    const flags = parseInt(asked.slice(6, 8), 16) & ~0x08;
    await device.say(`010809${flags.toString(16)}04aabb`);
    expect((await channel?.recv())?.payload).toEqual(hex('aabb'));
  });

  test('R-DEMUX-42 the channels of a network share one connection, which goes with the last', async () => {
    const [nine, ten] = await scanned();
    const first = await Promise.all([nine?.open(), ten?.open()]);
    expect(sockets.server.size).toBe(1);
    await first[0]?.close();
    expect(sockets.server.size).toBe(1);
    const third = await nine?.open();
    await first[1]?.close();
    expect(sockets.server.size).toBe(1);
    await third?.close();
    await eventually('the end of the connection', () => sockets.server.size === 0);
    const again = await nine?.open();
    expect(sockets.server.size).toBe(1);
    await again?.close();
    await eventually('the end of the connection', () => sockets.server.size === 0);
  });

  test('R-API-29 after a restart of the daemon a channel is lost, and another can be opened', async () => {
    const [nine] = await scanned();
    const lost = await nine?.open();
    sockets.server.close();
    await eventually(
      'the loss',
      async () => (await failure(Promise.resolve(lost?.send(4, hex('01'))))) === 'ServerRestarted',
    );
    await lost?.close();
    sockets.listen();
    await using channel = await nine?.open();
    expect(channel?.remoteEid).toBe(9);
  });

  test('a daemon without the socket, or without our interface, is named as the reason', async () => {
    const [nine] = await scanned();
    bus.on(`${Iface.properties}.Get`, () => [variant('s', '')]);
    await expect(nine?.open()).rejects.toMatchObject({
      code: 'not-supported',
      context: { network: 1, eid: 9 },
    });
    bus.fail(`${Iface.properties}.Get`, 'UnknownInterface', 'no such interface');
    await expect(nine?.open()).rejects.toMatchObject({ code: 'not-supported' });
    bus.fail(`${Iface.properties}.Get`, 'NoReply', 'hangs');
    await expect(nine?.open()).rejects.toMatchObject({ message: 'hangs' });
  });

  test('nobody listens there: told, and the next attempt starts anew', async () => {
    const [nine] = await scanned();
    sockets.server.close();
    await expect(nine?.open()).rejects.toMatchObject({
      codeName: 'InternalError',
      cause: { code: 'unreachable' },
    });
    sockets.listen();
    await using channel = await nine?.open();
    expect(channel?.remoteEid).toBe(9);
  });

  test('R-API-21 the connection is in the network of the endpoint', async () => {
    await sockets.bench.link('more', { address: 0x11, network: 2, localEids: [30] });
    bus.setObject(linkPath('more'), {
      ...linkObject({ name: 'more' }),
      [Iface.link]: { Role: variant('s', 'BusOwner'), NetworkId: variant('u', 2) },
    });
    bus.setObject(`${ROOT_PATH}/networks/2/endpoints/31`, endpointObject(31, { network: 2 }));
    const [other] = await scan({ bus, network: 2, clock: sockets.bench.clock });
    await using channel = await other?.open();
    expect(channel?.remoteEid).toBe(31);
    expect(other?.transport).toBe('daemon');
    await using nine = await (await scanned())[0]?.open();
    expect([sockets.server.size, nine?.remoteEid]).toEqual([2, 9]);
  });
});
