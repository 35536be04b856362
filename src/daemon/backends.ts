import { createRequire } from 'node:module';
import { Alarm } from '../base/clock';
import { describeError, isMctpError, MctpError } from '../base/errors';
import type { DaemonConfig } from '../config/schema';
import type { Net } from '../core/net';
import { NetUnion } from '../core/net-union';
import { Router } from '../core/router';
import type * as KernelNetModule from '../kernel/kernel-net';
import type { Serving } from '../kernel/picture';
import { kernelAccess } from '../os/kernel-access';
import { kernelHasMctp } from '../os/mctp-socket';
import type { ConfiguredLinks } from './links';
import type { Platform } from './platform';

/** What needs a kernel with MCTP is loaded where there is one: its 20 files would cost every other start. */
const load = createRequire(__filename);

/** Beside a kernel our own links count from here on: the kernel numbers its own from 1, and never gets so far. */
const FIRST_INDEX_BESIDE_KERNEL = 0x4000_0000;

/** The user-space stack, the kernel's, or both, as one `Net` (design decision D-10). */
export class Backends {
  readonly net: Net;
  private readonly router: Router;
  private readonly kernel: KernelNetModule.KernelNet | undefined;
  private readonly alarm: Alarm;
  /** Why there is no kernel backend although it was asked for. */
  private missing: unknown;

  constructor(
    private readonly config: Pick<DaemonConfig, 'backend' | 'links' | 'interfaces'>,
    private readonly platform: Platform,
  ) {
    const { clock, log } = platform;
    const onDefect = (error: unknown): void => log.error('a handler failed', { cause: describeError(error) });
    this.alarm = new Alarm(clock, (now) => this.router.poll(now));
    this.kernel = config.backend === 'user' ? undefined : this.findKernel(onDefect);
    const firstLinkIndex = this.kernel === undefined ? 1 : FIRST_INDEX_BESIDE_KERNEL;
    this.router = new Router(this.alarm, { firstLinkIndex, onDefect });
    this.net = this.kernel === undefined ? this.router : new NetUnion(this.router, this.kernel);
  }

  /**
   * Brings up the links: first a look at the kernel's, so that ours keep clear of their networks.
   * @throws MctpError `not-supported`, `configuration` for a network that both would have, `internal`
   */
  async open(links: ConfiguredLinks): Promise<void> {
    this.tellMissing();
    if (this.kernel === undefined && this.config.links.length === 0) {
      this.platform.log.warn('no [[link]] is configured: there is nothing to manage until one is');
    }
    const isKernelRead = await this.readKernel();
    const taken = this.kernel?.usedNetworks() ?? new Set<number>();
    const own = this.config.backend === 'kernel' ? [] : this.config.links;
    const defaultNetwork = lowestFree(taken);
    const networks = new Set(own.map(({ network = defaultNetwork }) => network));
    for (const { name, network } of own) {
      if (network === undefined || !taken.has(network)) continue;
      const text = 'the kernel has links in the network of a [[link]]: give either another network';
      throw new MctpError('configuration', text, { link: name, network });
    }
    if (own.length > 0) await links.open(this.router, defaultNetwork);
    if (isKernelRead) this.kernel?.serve(serving(own, networks));
  }

  /** Closes every link and ends every exchange. Idempotent. */
  async close(): Promise<void> {
    this.kernel?.close();
    await this.router.close();
    this.alarm.cancel();
  }

  private findKernel(onDefect: (error: unknown) => void): KernelNetModule.KernelNet | undefined {
    const { clock, log, datagrams } = this.platform;
    try {
      const ops = datagrams();
      if (!kernelHasMctp(ops)) throw new MctpError('not-supported', 'this kernel has no AF_MCTP');
      const { KernelNet } = load('../kernel/kernel-net') as typeof KernelNetModule;
      return new KernelNet({ access: kernelAccess(ops), clock, log, onDefect });
    } catch (error) {
      if (!isMctpError(error)) throw error;
      this.missing = error;
      return undefined;
    }
  }

  /**
   * Whether its links can be served. Where they were not asked for by name, ours do without them.
   * @throws MctpError `internal`, with `backend = "kernel"`
   */
  private async readKernel(): Promise<boolean> {
    try {
      await this.kernel?.open();
      return true;
    } catch (error) {
      if (this.config.backend === 'kernel' || !isMctpError(error)) throw error;
      this.platform.log.error('the links of the kernel are left out', { cause: describeError(error) });
      return false;
    }
  }

  /** @throws MctpError `not-supported` where there would be no backend at all */
  private tellMissing(): void {
    const { backend, interfaces } = this.config;
    if (this.missing === undefined) return;
    if (backend === 'kernel') {
      const text =
        'backend = "kernel" on a system without MCTP in the kernel (CONFIG_MCTP); backend = "auto" or "user" does without';
      throw new MctpError('not-supported', text, {}, { cause: this.missing });
    }
    const { log } = this.platform;
    const fields = { cause: describeError(this.missing) };
    if (interfaces.length > 0) log.warn('[[interface]] tables are of no use: no links of the kernel', fields);
    else log.info('no links of the kernel, [[link]] tables only', fields);
  }
}

function lowestFree(taken: ReadonlySet<number>): number {
  let network = 1;
  while (taken.has(network)) network++;
  return network;
}

function serving(own: DaemonConfig['links'], networks: ReadonlySet<number>): Serving {
  const names = new Set(own.map(({ name }) => name));
  return {
    besideUserLinks: own.length > 0,
    refuse: ({ name, network }) => {
      if (networks.has(network)) {
        return 'user-space links have this network; put the link into another one (mctpctl link set LINK --network N)';
      }
      return names.has(name) ? 'a [[link]] has this name; rename either' : undefined;
    },
  };
}
