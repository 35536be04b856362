import { Iface, linkPath } from '../../src/base/bus-names';
import type { LoopbackBuses } from '../../src/bindings/loopback';
import { BusClient } from './bus-client';
import { VirtualDaemon } from './daemon';
import { FakeKernel, type FakeKernelOptions } from './fake-kernel/fake-kernel';
import type { FakeLink } from './fake-kernel/state';
import type { PrivateBus } from './private-bus';

/** What a link to a simulated I2C bus is like. */
export const I2C = { eids: [8], address: Uint8Array.of(0x10), maxMtu: 254 };

/** A manager on a kernel with `mctpi2c3`, whose bus has the devices, and a client of it. */
export class KernelManager implements AsyncDisposable {
  private constructor(
    readonly daemon: VirtualDaemon,
    readonly kernel: FakeKernel,
    readonly client: BusClient,
  ) {}

  static async start(
    bus: PrivateBus,
    device: readonly object[],
    around: {
      readonly configuration?: string;
      readonly kernel?: Partial<FakeKernelOptions>;
      readonly link?: Partial<FakeLink>;
      readonly further?: readonly object[];
      /** Before the daemon starts. */
      readonly prepare?: (kernel: FakeKernel, loopback: LoopbackBuses) => Promise<void> | void;
    } = {},
  ): Promise<KernelManager> {
    const kernels: FakeKernel[] = [];
    const daemon = await VirtualDaemon.start(bus, {
      configuration: around.configuration ?? '',
      buses: [{ name: 'i2c', kind: 'loopback', device }, ...(around.further ?? [])],
      kernel: async ({ clock, loopback }) => {
        const kernel = new FakeKernel({ clock, ...around.kernel });
        kernels.push(kernel);
        await kernel.plug('mctpi2c3', { bus: loopback.of('i2c'), ...I2C, ...around.link });
        await around.prepare?.(kernel, loopback);
        return kernel;
      },
    });
    const [kernel] = kernels;
    if (kernel === undefined) throw new Error('no kernel was made');
    const client = await BusClient.connect(bus);
    return new KernelManager(daemon, kernel, client);
  }

  async call(...call: Parameters<BusClient['call']>): Promise<string> {
    return await this.daemon.settle(this.client.describe(...call));
  }

  setUp(address: number, link = 'mctpi2c3'): Promise<string> {
    return this.call(linkPath(link), Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.of(address));
  }

  async paths(): Promise<string[]> {
    const objects = Object.keys(await this.client.objects());
    const wanted = objects.filter((path) => /\/(interfaces|endpoints)\//.test(path));
    return wanted.map((path) => path.replace(/.*mctp1\//, '')).sort();
  }

  async property(path: string, iface: string, name: string): Promise<unknown> {
    return (await this.client.objects())[path]?.[iface]?.[name]?.value;
  }

  /** The links of the kernel at the moment. */
  link(name = 'mctpi2c3'): FakeLink {
    const link = [...this.kernel.state.links.values()].find((each) => each.name === name);
    if (link === undefined) throw new Error(`no ${name}`);
    return link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.daemon[Symbol.asyncDispose]();
    if (this.kernel.openDescriptors > 0) throw new Error(`${this.kernel.openDescriptors} sockets are left`);
  }
}
