import { describeError } from '../base/errors';
import { toHex } from '../base/bytes';
import type { Log } from '../base/log';
import type { LinkRole, ResponderHost, ResponderPeer } from '../control/responder-host';
import type { Incoming } from '../core/net';
import type { Endpoint } from './endpoint';
import type { Operations } from './operations';
import type { Registry } from './registry';

/** Announcements acted on at the same time. A device repeats one that was not followed, so the rest may be forgotten. */
const MAX_ANNOUNCED = 64;

/** What our control responder knows of the published picture, and what a Discovery Notify starts (R-DISC-149). */
export class RegistryHost implements ResponderHost {
  /** Devices whose announcement is being followed: a flood of them must not pile up operations. */
  private readonly announced = new Set<string>();

  constructor(
    readonly uuid: string,
    private readonly parts: {
      readonly registry: Registry;
      readonly operations: Pick<Operations, 'setupEndpoint'>;
      readonly log: Log;
    },
  ) {}

  role(link: number): LinkRole {
    return this.parts.registry.link(link)?.role ?? 'Unknown';
  }

  peers(network: number): ResponderPeer[] {
    return this.parts.registry
      .endpoints()
      .filter((endpoint) => endpoint.network === network && !endpoint.local)
      .map(toPeer);
  }

  peer(network: number, eid: number): ResponderPeer | undefined {
    const endpoint = this.parts.registry.endpoint(network, eid);
    return endpoint === undefined || endpoint.local ? undefined : toPeer(endpoint);
  }

  discoveryNotify({ link, physical }: Incoming): void {
    const physicalAddress = toHex(physical);
    const key = `${link}/${physicalAddress}`;
    if (this.announced.has(key) || this.announced.size >= MAX_ANNOUNCED) return;
    this.announced.add(key);
    void this.follow(link, physical).finally(() => this.announced.delete(key));
  }

  private async follow(link: number, address: Uint8Array): Promise<void> {
    const where = { link: this.parts.registry.link(link)?.link.name, physicalAddress: toHex(address) };
    this.parts.log.info('a device announced itself', where);
    try {
      await this.parts.operations.setupEndpoint(link, address);
    } catch (error) {
      const cause = describeError(error);
      this.parts.log.warn('a device that announced itself could not be set up', { ...where, cause });
    }
  }
}

function toPeer({ eid, link, physicalAddress, bridge, pool }: Endpoint): ResponderPeer {
  return { eid, link, physicalAddress, bridge, pool, isBridge: pool !== undefined };
}
