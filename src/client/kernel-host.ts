import { toHex } from '../base/bytes';
import type { Clock } from '../base/clock';
import { nullLog, type LogFields } from '../base/log';
import type { Incoming } from '../core/net';
import { addressDump, decodeAddress } from '../os/kernel-addresses';
import type { KernelAccess } from '../os/kernel-access';
import { decodeLink, linkDump } from '../os/kernel-links';
import { Rtnetlink } from '../os/rtnetlink';
import { ClientError, badArgument } from './client-error';
import type { ClientHost } from './client-host';
import { DEFAULT_CLIENT_LIMITS } from './client-service';
import { KernelListeners } from './kernel-listeners';
import { KernelRequests } from './kernel-requests';
import { Quota } from './quota';

/** The network the kernel puts its links in until somebody says otherwise. */
const DEFAULT_NETWORK = 1;

/** The kernel as what a client stands on: one for each client, in one network. */
export class KernelHost implements ClientHost {
  readonly net: KernelRequests;
  readonly directory: KernelListeners;
  readonly log = nullLog;
  readonly limits = DEFAULT_CLIENT_LIMITS;
  /** The manager of the system has it, whoever that is. */
  readonly controlResponder = true;
  dropped = 0;

  constructor(
    private readonly access: KernelAccess,
    readonly clock: Clock,
  ) {
    this.net = new KernelRequests(access, clock);
    this.directory = new KernelListeners(access);
  }

  quotas(): { readonly listeners: Quota; readonly requests: Quota } {
    const { listenersPerClient, requestsPerClient } = this.limits;
    return { listeners: new Quota(listenersPerClient), requests: new Quota(requestsPerClient) };
  }

  /** The kernel's links have names, which are not looked up for a line of the log. */
  origin({ network, source: eid, physical }: Incoming): LogFields {
    return { network, eid, physicalAddress: toHex(physical), operation: 'client' };
  }

  network(wanted = DEFAULT_NETWORK): number {
    return wanted;
  }

  /** @throws ClientError `BadArgument` where no link is in the network */
  async checkNetwork(network: number): Promise<void> {
    if ((await this.eids(network)) === undefined) throw badArgument(`there is no network ${network}`);
  }

  /** The lowest EID on the first link that has one; 0 = none. */
  async localEid(network: number): Promise<number> {
    const eids = (await this.eids(network)) ?? [];
    return eids[0] ?? 0;
  }

  /** The EIDs of the kernel's links are their manager's to choose (R-API-20). */
  async changeLocalEid(network: number, eid: number): Promise<void> {
    if ((await this.localEid(network)) !== eid) throw new ClientError('AddrInUse');
  }

  close(): void {
    this.net.shutDown();
  }

  /** In the order of links, then of values; `undefined`: the network has no link. */
  private async eids(network: number): Promise<readonly number[] | undefined> {
    const rtnetlink = new Rtnetlink(this.access, this.clock);
    try {
      const links = (await rtnetlink.dump(linkDump()))
        .map(decodeLink)
        .filter((link) => link?.network === network)
        .map((link) => link?.index);
      const addresses = (await rtnetlink.dump(addressDump()))
        .map(decodeAddress)
        .filter((address) => address !== undefined)
        .filter(({ link }) => links.includes(link))
        .sort((a, b) => a.link - b.link || a.eid - b.eid);
      return links.length === 0 ? undefined : addresses.map(({ eid }) => eid);
    } finally {
      rtnetlink.close();
    }
  }
}
