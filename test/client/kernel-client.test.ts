import { LoopbackBus } from '../../src/bindings/loopback';
import { KernelClient } from '../../src/client/kernel-client';
import { MctpSocket } from '../../src/os/mctp-socket';
import { NetlinkSocket } from '../../src/os/netlink';
import { FakeKernel, type FakeKernelOptions } from '../support/fake-kernel/fake-kernel';
import { RawDevice } from '../support/raw-device';
import { idle, TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';
import { TAG_LIFETIME_MS, failure, type Subject } from './bench';
import { describeClientContract } from './contract';
import { describeFaults } from './faults-contract';
import { describeHold } from './hold-contract';
import { describeStackContract } from './stack-contract';

/** A kernel in memory that somebody has set up: our EID 8 at 0x10, routes to the devices 9 and 10 at their numbers. */
class KernelSubject implements Subject {
  readonly kernelOwns = true;
  private readonly clients: KernelClient[] = [];

  private constructor(
    readonly kernel: FakeKernel,
    readonly clock: TestClock,
    readonly nine: RawDevice,
    readonly ten: RawDevice,
  ) {}

  static async start(options: Partial<FakeKernelOptions> = {}): Promise<KernelSubject> {
    const clock = new TestClock();
    const kernel = new FakeKernel({ clock, isNew: true, ...options });
    const bus = new LoopbackBus();
    const link = await kernel.plug('mctpi2c3', { bus, eids: [8], address: Uint8Array.of(0x10), maxMtu: 254 });
    for (const eid of [9, 10]) {
      kernel.state.routes.push({ first: eid, extent: 0, mtu: 0, link: link.index });
      kernel.state.neighbours.push({ link: link.index, eid, address: Uint8Array.of(eid) });
    }
    const nine = await RawDevice.open(bus.attach(9));
    return new KernelSubject(kernel, clock, nine, await RawDevice.open(bus.attach(10)));
  }

  async client({
    network,
  }: { readonly network?: number; readonly privileged?: boolean } = {}): Promise<KernelClient> {
    const { ops } = this.kernel;
    const access = {
      openNetlink: (listener: Parameters<typeof NetlinkSocket.open>[1]) => NetlinkSocket.open(ops, listener),
      openMctp: (listener: Parameters<typeof MctpSocket.open>[1]) => MctpSocket.open(ops, listener),
    };
    const client = await KernelClient.open(access, { network, clock: this.clock });
    this.clients.push(client);
    return client;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) await client.close();
    await this.nine[Symbol.asyncDispose]();
    await this.ten[Symbol.asyncDispose]();
    await idle();
    expect([this.kernel.openDescriptors, this.clock.timers]).toEqual([0, 0]);
  }
}

const start = (): Promise<Subject> => KernelSubject.start();

describeClientContract('KernelClient', start);
describeHold('KernelClient', start);
describeFaults('KernelClient', start);
describeStackContract('KernelClient', start);

/** The words of the cause. */
async function causeOf(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.catch((reason: unknown) => reason);
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
}

describe('what kernels cannot', () => {
  test('R-API-11 6.1 binds the type for all sources: messages of others are dropped', async () => {
    await using subject = await KernelSubject.start({ isNew: false });
    const client = await subject.client();
    const handle = await client.listener(5, { from: 9 });
    await subject.ten.say('01080ac8' + '05aa');
    await subject.nine.say('010809c8' + '05bb');
    expect((await client.recv(handle, 1000)).payload).toEqual(hex('bb'));
    expect(client.dropped).toBe(1);
    expect(await failure(client.listener(5))).toBe('AddrInUse');
  });

  test('R-API-43 6.1 holds tags in its default network only', async () => {
    await using subject = await KernelSubject.start({ isNew: false });
    await subject.kernel.plug('mctpi2c4', { network: 2, eids: [8], address: Uint8Array.of(0x10) });
    subject.kernel.state.routes.push({ first: 9, extent: 0, mtu: 0, link: 3 });
    const first = await subject.client();
    const second = await subject.client({ network: 2 });
    const held = (client: KernelClient): Promise<number> => client.req(9, { hold: true });
    expect(await first.send(await held(first), 4, hex('aa'))).toBe(0);
    expect(await failure(second.send(await held(second), 4, hex('aa')))).toBe('InternalError');
    expect(await failure(second.send(await second.req(9), 4, hex('aa')))).toBe('ok');
    await subject.pass(TAG_LIFETIME_MS);
  });

  test('R-API-2 without MCTP in the kernel, without the network, without the right: said at once', async () => {
    await using none = await KernelSubject.start({ hasMctp: false });
    expect(await causeOf(none.client())).toMatch(/no AF_MCTP/);
    await using subject = await KernelSubject.start({ may: { bind: false, raw: false } });
    expect(await failure(subject.client({ network: 7 }))).toBe('BadArgument');
    const client = await subject.client();
    expect(await causeOf(client.listener(1))).toMatch(/CAP_NET_BIND_SERVICE/);
    expect(await causeOf(client.send(await client.req(9), 1, hex('aa')))).toMatch(/CAP_NET_RAW/);
  });
});

test('R-API-20 the EID is the manager of the system to change', async () => {
  await using subject = await KernelSubject.start();
  const client = await subject.client();
  expect(await client.getEid()).toBe(8);
  expect([await failure(client.setEid(8)), await failure(client.setEid(20))]).toEqual(['ok', 'AddrInUse']);
});

test('R-API-14 who asks without an EID is answered where he is', async () => {
  await using subject = await KernelSubject.start();
  const client = await subject.client();
  const handle = await client.listener(5);
  await subject.nine.say('010800c9' + '05aa');
  expect((await client.recv(handle, 1000)).meta.remoteEid).toBe(0);
  await client.send(null, 5, hex('bb'), { eid: 0, tag: 1 });
  await subject.pass(0);
  expect(subject.nine.heard()).toEqual(['010008c1' + '05bb']);
});
