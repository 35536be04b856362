import { LoopbackBus } from '../../src/bindings/loopback';
import type { Net, NetEvent } from '../../src/core/net';
import { KernelNet } from '../../src/kernel/kernel-net';
import type { Serving } from '../../src/kernel/picture';
import { kernelAccess } from '../../src/os/kernel-access';
import { FakeKernel, type FakeKernelOptions } from '../support/fake-kernel/fake-kernel';
import { RawDevice } from '../support/raw-device';
import { idle, TestClock } from '../support/test-clock';

export const ALONE: Serving = { refuse: () => undefined, besideUserLinks: false };

/** A {@link KernelNet} on a fake kernel, with what it tells. */
export class KernelBench implements AsyncDisposable {
  readonly events: string[] = [];
  readonly bus = new LoopbackBus();
  private peer: RawDevice | undefined;
  readonly clock: TestClock;
  readonly kernel: FakeKernel;
  readonly net: KernelNet;
  readonly logged: readonly string[];
  private readonly defects: readonly unknown[];

  private constructor(
    parts: Pick<KernelBench, 'clock' | 'kernel' | 'net' | 'logged'> & { defects: unknown[] },
  ) {
    this.clock = parts.clock;
    this.kernel = parts.kernel;
    this.net = parts.net;
    this.logged = parts.logged;
    this.defects = parts.defects;
  }

  static create(options: Partial<FakeKernelOptions> = {}): KernelBench {
    const clock = new TestClock();
    const kernel = new FakeKernel({ clock, ...options });
    const logged: string[] = [];
    const defects: unknown[] = [];
    const line =
      (level: string) =>
      (message: string, fields: object = {}): void =>
        void logged.push(`${level}: ${message} ${JSON.stringify(fields)}`);
    const net = new KernelNet({
      access: kernelAccess(kernel.ops),
      clock,
      log: { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') },
      onDefect: (error) => defects.push(error),
    });
    const bench = new KernelBench({ clock, kernel, net, logged, defects });
    net.on((event) => bench.events.push(told(event)));
    return bench;
  }

  /** With `mctpserial0`, index 2, up, our EID 8, and {@link device} at its other end. */
  static async withSerial(options: Partial<FakeKernelOptions> = {}): Promise<KernelBench> {
    const bench = KernelBench.create(options);
    await bench.kernel.plug('mctpserial0', { bus: bench.bus, eids: [8] });
    bench.peer = await RawDevice.open(bench.bus.attach(0));
    await bench.start();
    return bench;
  }

  /** With `mctpi2c3`, index 2, up, our EID 8 at 0x10; devices are attached to {@link bus} by their addresses. */
  static async withI2c(options: Partial<FakeKernelOptions> = {}): Promise<KernelBench> {
    const bench = KernelBench.create(options);
    const address = Uint8Array.of(0x10);
    await bench.kernel.plug('mctpi2c3', { bus: bench.bus, eids: [8], address, maxMtu: 254 });
    await bench.start();
    return bench;
  }

  /** Of {@link withSerial}. */
  get device(): RawDevice {
    if (this.peer === undefined) throw new Error('there is no device');
    return this.peer;
  }

  async start(serving: Serving = ALONE): Promise<void> {
    await this.net.open();
    this.net.serve(serving);
  }

  /** What has been told since the last time. */
  async news(): Promise<string[]> {
    await idle();
    await idle();
    return this.events.splice(0);
  }

  /** A rejection as `code: message`; `ok` otherwise. */
  async outcome(action: Promise<unknown>): Promise<string> {
    try {
      await this.clock.settle(action);
      return 'ok';
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      return `${String(error.code)}: ${error.message}`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.net.close();
    await this.peer?.[Symbol.asyncDispose]();
    await idle();
    if (this.kernel.openDescriptors > 0)
      throw new Error(`${this.kernel.openDescriptors} descriptors are left`);
    if (this.clock.timers > 0) throw new Error(`${this.clock.timers} timers are left`);
    if (this.defects.length > 0) throw new Error('a handler has thrown');
  }
}

export function routesOf(net: Net, network = 1): string[] {
  return net
    .routes(network)
    .map(
      ({ first, extent, link, gateway, mtu }) =>
        `${first}+${extent} ${link ?? `gw ${String(gateway)}`} ${mtu}`,
    );
}

function told(event: NetEvent): string {
  const { name, network, up, localEids } = event.link;
  const eid = 'eid' in event ? ` ${event.eid}` : '';
  const state = `${name} net ${network} ${up ? 'up' : 'down'} [${localEids.join(' ')}]`;
  return `${event.kind}${eid}: ${state}`;
}
