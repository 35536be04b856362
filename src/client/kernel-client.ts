import { systemClock, type Clock } from '../base/clock';
import { kernelAccess, type KernelAccess } from '../os/kernel-access';
import { loadNative } from '../os/native-module';
import { DirectClient } from './direct-client';
import { clientErrorOf } from './error-mapping';
import { KernelHost } from './kernel-host';

export interface KernelClientOptions {
  /** Network to be in, 1..2147483647. Default: 1, which the kernel puts its links in. */
  readonly network?: number | undefined;
  /** Of its time limits. Default: the system's. */
  readonly clock?: Clock;
}

/**
 * A client over sockets of the kernel's MCTP stack (AF_MCTP), whoever manages the links. Sending needs CAP_NET_RAW,
 * listening CAP_NET_BIND_SERVICE; our EID is the manager's to change.
 */
export class KernelClient extends DirectClient {
  private constructor(
    private readonly host: KernelHost,
    network: number | undefined,
  ) {
    super(host, { network, privileged: true });
  }

  /** @throws ClientError as {@link connectKernelClient} */
  static async open(access: KernelAccess, options: KernelClientOptions = {}): Promise<KernelClient> {
    const { network, clock = systemClock } = options;
    try {
      const host = new KernelHost(access, clock);
      const client = new KernelClient(host, network);
      // First: a kernel without MCTP has netlink all the same, and no network.
      access.openMctp({ message: () => undefined, failed: () => undefined }).close();
      await host.checkNetwork(client.network);
      return client;
    } catch (error) {
      throw clientErrorOf(error);
    }
  }

  /** Messages that were thrown away: of nobody who was asked, or more than a listener keeps. */
  get dropped(): number {
    const { net, directory, dropped } = this.host;
    return net.dropped + directory.dropped + dropped;
  }

  override async close(): Promise<void> {
    await super.close();
    this.host.close();
  }
}

/**
 * A client straight on the kernel, for links that the kernel drives.
 * @throws MctpError of the client API: `InternalError` where the kernel has no MCTP or the native helper is not built (see
 *   `cause`); `BadArgument` when there is no such network
 */
export async function connectKernelClient(options: KernelClientOptions = {}): Promise<KernelClient> {
  try {
    return await KernelClient.open(kernelAccess(loadNative()), options);
  } catch (error) {
    throw clientErrorOf(error);
  }
}
