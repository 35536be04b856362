import { Iface, ROOT_PATH, SERVICE_NAME } from '../../../src/base/bus-names';
import { toHex } from '../../../src/base/bytes';
import { systemClock } from '../../../src/base/clock';
import { nullLog } from '../../../src/base/log';
import { SerialBinding } from '../../../src/bindings/serial/binding';
import { SocketClient } from '../../../src/client/socket-client';
import { MctpSocket } from '../../../src/os/mctp-socket';
import { loadNative } from '../../../src/os/native-module';
import { failure } from '../../client/bench';
import { connectorTo } from '../../client/socket-bench';
import { CleanUp } from '../../support/clean-up';
import { DaemonProcess } from '../../support/daemon';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { PrivateBus } from '../../support/private-bus';
import { RawSocket } from '../../support/raw-socket';
import { eventually } from '../../support/within';
import { hex } from '../../support/vectors';
import { KernelLine } from './kernel-line';
import { Rtnl } from './rtnl';

/** The daemon on a kernel where another program, this one, has bound message types (R-DEMUX-46). */

const OWN = 8;

expectNoDescriptorLeft();

/** A line whose device says what it is told to, and the daemon that has its link. */
class Managed implements AsyncDisposable {
  private constructor(
    readonly daemon: DaemonProcess,
    private readonly bus: PrivateBus,
    private readonly device: SerialBinding,
    private readonly cleanUp: CleanUp,
  ) {}

  static async start(): Promise<Managed> {
    await using cleanUp = new CleanUp();
    const bus = cleanUp.use(await PrivateBus.start());
    const kernel = cleanUp.use(KernelLine.open());
    using rtnl = new Rtnl();
    const options = { name: 'device', path: '', baud: 115_200, peerRecovery: false };
    const device = new SerialBinding(options, { clock: systemClock, log: nullLog, ports: kernel.ports });
    const ignored = { packet: () => undefined, writable: () => undefined };
    await device.open({ ...ignored, up: () => undefined, drop: () => undefined });
    cleanUp.defer(() => device.close());
    await rtnl.up(kernel.device.index);
    await rtnl.addEid(kernel.device.index, OWN);
    const daemon = cleanUp.use(await DaemonProcess.start(bus, 'state = false\n'));
    return new Managed(daemon, bus, device, cleanUp.move());
  }

  /** Names of sockets as the daemon shows them, with the NUL in front. */
  async sockets(property: 'DemuxSockets' | 'ClientSocket'): Promise<string[]> {
    const { stdout } = await this.bus.busctl(
      ...['get-property', SERVICE_NAME, ROOT_PATH, Iface.ownManager, property],
    );
    return [...stdout.matchAll(/"@([^"]+)"/g)].map(([, name]) => `\0${name ?? ''}`);
  }

  async demuxClient(type: string): Promise<RawSocket> {
    const client = await RawSocket.connect((await this.sockets('DemuxSockets'))[0] ?? '');
    client.say(type);
    return client;
  }

  async say(packet: string): Promise<void> {
    await eventually('room on the line', () => this.device.send(hex(packet)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanUp[Symbol.asyncDispose]();
  }
}

/** Has the type as other programs have it; hears the first bytes of what comes. */
function hold(type: number): { readonly heard: number[] } & Disposable {
  const heard: number[] = [];
  const socket = MctpSocket.open(loadNative(), {
    message: (bytes) => heard.push(bytes[0] ?? 0),
    failed: () => undefined,
  });
  socket.bind({ network: 0, eid: 0xff, type });
  return { heard, [Symbol.dispose]: () => socket.close() };
}

test('R-DEMUX-46 a type that another program has stays its own; the client is closed, others are served', async () => {
  await using managed = await Managed.start();
  using other = hold(1);
  const refused = await managed.demuxClient('01');
  expect(await refused.isCut()).toBe(true);
  await managed.daemon.program.says(/another program has bound the message type in the kernel.*EADDRINUSE/);
  await managed.say('010809c8' + '0181');
  await eventually('the request', () => other.heard.length > 0);
  expect(other.heard).toEqual([0x81]);

  const [name = ''] = await managed.sockets('ClientSocket');
  const client = await SocketClient.connect({ connector: connectorTo(name), clock: systemClock });
  expect(await failure(client.listener(1))).toBe('AddrInUse');

  const served = await managed.demuxClient('05');
  // Its registration has been dealt with once its frame has come back.
  served.say('08051081');
  await served.hears(1);
  await managed.say('010809c9' + '051082');
  expect(await served.hears(2)).toEqual(['08051081', '09051082']);

  other[Symbol.dispose]();
  const handle = await client.listener(1);
  await managed.say('010809ca' + '0183');
  expect((await client.recv(handle, 5000)).meta).toMatchObject({ msgType: 1, remoteEid: 9 });
  for (const each of [refused, served]) each.close();
  await client.close();
});

test('R-DEMUX-28 what we send to our own EID comes back once, and its answer to whoever asked', async () => {
  await using managed = await Managed.start();
  const [asker, answerer] = [await managed.demuxClient('01'), await managed.demuxClient('01')];
  const [first, question, answer] = ['0801900002', '0801800002', '080100000201'];
  const heard = (client: RawSocket): string[] => client.heard.filter((frame) => frame !== first);
  // Its own frame has come back: it has registered, before which it hears nothing.
  answerer.say(first);
  await answerer.hears(1);
  for (let round = 1; round <= 10; round++) {
    asker.say(question);
    await eventually('the question', () => heard(answerer).length === 2 * round - 1);
    answerer.say(answer);
    for (const each of [asker, answerer]) {
      await eventually('the answer', () => heard(each).length === 2 * round);
    }
  }
  const rounds = Array.from({ length: 10 }, () => [question, answer]).flat();
  expect([heard(asker), heard(answerer)]).toEqual([rounds, rounds]);
  for (const each of [asker, answerer]) each.close();

  const [name = ''] = await managed.sockets('ClientSocket');
  const client = await SocketClient.connect({ connector: connectorTo(name), clock: systemClock });
  const [listener, request] = [await client.listener(0x7e), await client.req(OWN)];
  const tag = await client.send(request, 0x7e, hex('aa'));
  expect((await client.recv(listener, 5000)).meta).toMatchObject({ remoteEid: OWN, msgTag: tag });
  await client.send(null, 0x7e, hex('bb'), { eid: OWN, tag });
  expect(toHex((await client.recv(request, 5000)).payload)).toBe('bb');
  await client.close();
});

test('R-DEMUX-46 control messages that another mctpd has: the daemon says so and runs', async () => {
  using other = hold(0);
  await using managed = await Managed.start();
  expect(managed.daemon.program.stderr).toMatch(/another program answers control requests .*EADDRINUSE/);
  expect(await managed.sockets('DemuxSockets')).toHaveLength(2);
  expect(other.heard).toEqual([]);
});
