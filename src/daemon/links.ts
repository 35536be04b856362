import { bindingKind } from '../bindings/catalog';
import { PacketCapture } from '../bindings/wrap/pcap';
import { PacketTap } from '../bindings/wrap/tap';
import { Tracer } from '../bindings/wrap/tracer';
import { bytesEqual } from '../base/bytes';
import { describeError } from '../base/errors';
import type { DaemonConfig, KernelLinkRule, LinkConfig } from '../config/schema';
import { timingFor, type Timing } from '../control/timing';
import type { Binding } from '../core/binding';
import type { NetLink } from '../core/net';
import type { Router } from '../core/router';
import type { CaptureServer } from '../demux/capture-server';
import type { Endpoint } from '../discovery/endpoint';
import type { Role } from '../discovery/registry';
import type { Bridging, Discovery } from '../discovery/settings';
import { matchRule } from './link-match';
import { bindingParts, type Platform } from './platform';

/** Makes the configured links, and answers by link, the kernel's included, what the configuration says about it. */
export class ConfiguredLinks {
  private readonly byName: ReadonlyMap<string, LinkConfig>;
  /** By index: what was found for a link of the kernel when it appeared (R-DISC-124). */
  private readonly rules = new Map<number, KernelLinkRule | undefined>();
  private defaultNetwork = 1;

  constructor(
    private readonly config: DaemonConfig,
    private readonly platform: Platform,
    private readonly capture?: Pick<CaptureServer, 'link'>,
  ) {
    this.byName = new Map(config.links.map((link) => [link.name, link]));
  }

  /**
   * Opens every link. One that cannot be made is logged and left out: the others must not wait for it.
   * @param defaultNetwork of links that name none
   */
  async open(router: Router, defaultNetwork = 1): Promise<void> {
    this.defaultNetwork = defaultNetwork;
    await Promise.all(
      this.config.links.map(async (link) => {
        try {
          await router.addLink({
            name: link.name,
            network: this.networkOf(link),
            binding: this.bindingOf(link),
            mtu: link.mtu,
            forward: link.forward,
            localEids: link.eid === undefined ? [] : [link.eid],
          });
        } catch (error) {
          this.platform.log.error('link left out', { link: link.name, cause: describeError(error) });
        }
      }),
    );
  }

  /** A link is gone; one that comes later may be another device. */
  forget(link: number): void {
    this.rules.delete(link);
  }

  role(link: NetLink): Role {
    return this.settings(link)?.role ?? this.config.role;
  }

  discover(link: NetLink): Discovery {
    const configured = this.settings(link);
    if (configured === undefined) return { mode: 'off', endpoints: [] };
    return { mode: configured.discover, endpoints: configured.endpoints };
  }

  /**
   * Inventory item of the configured device that an endpoint is: same link, same physical address (R-CONS-29). What is
   * behind a bridge has no physical address, nor has what is ours.
   */
  inventory(endpoint: Endpoint, link: NetLink | undefined): string | undefined {
    if (link === undefined || endpoint.local || endpoint.bridge !== 0) return undefined;
    const devices = this.settings(link)?.endpoints ?? [];
    return devices.find(({ address }) => bytesEqual(address, endpoint.physicalAddress))?.inventory;
  }

  /** R-DISC-170. */
  bridging(link: NetLink): Bridging {
    const configured = this.own(link);
    return { poolRequest: configured?.poolRequest ?? 0, upstream: configured?.upstream };
  }

  /** R-DISC-11. `undefined`: the way is not known. */
  timing(link: NetLink | undefined): Timing {
    const own = link === undefined ? undefined : this.own(link);
    return timingFor(link?.physicalBinding, this.config.mctp.messageTimeoutMs, {
      timeoutMs: own?.timeoutMs,
      attempts: own?.attempts,
    });
  }

  private networkOf(link: LinkConfig): number {
    return link.network ?? this.defaultNetwork;
  }

  private own(link: NetLink): LinkConfig | undefined {
    return link.backend === 'user' ? this.byName.get(link.name) : undefined;
  }

  /** Its `[[link]]` table, or the first `[[interface]]` that matches a link of the kernel. */
  private settings(link: NetLink): Pick<KernelLinkRule, 'role' | 'discover' | 'endpoints'> | undefined {
    return link.backend === 'user' ? this.byName.get(link.name) : this.rule(link);
  }

  /** Looked up once: sysfs has a link under its present name, which need not be the one that we know yet. */
  private rule({ index, name, physicalBinding }: NetLink): KernelLinkRule | undefined {
    if (!this.rules.has(index)) {
      const devicePath = this.platform.sysfs.devicePath(name);
      this.rules.set(index, matchRule(this.config.interfaces, { physicalBinding, devicePath }));
    }
    return this.rules.get(index);
  }

  private bindingOf(link: LinkConfig): Binding {
    const { clock, log } = this.platform;
    const { name } = link;
    const own = bindingKind(link.binding).create(
      { name, options: link.options },
      bindingParts(this.platform),
    );
    const text = `${link.binding}, network ${this.networkOf(link)}`;
    const bare = this.capture === undefined ? own : new PacketTap(own, this.capture.link(name, text));
    const traced = this.config.log.level === 'debug' ? new Tracer(bare, { name, log }) : bare;
    if (link.capture === undefined) return traced;
    return new PacketCapture(traced, { name, path: link.capture }, { clock, log });
  }
}
