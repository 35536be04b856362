import type { Clock } from '../base/clock';
import { toHex } from '../base/bytes';
import { nullLog, type Log, type LogFields } from '../base/log';
import { linkOf, type Incoming, type Net, type NetLink } from '../core/net';
import { badArgument } from './client-error';
import type { ClientHost } from './client-host';
import { ListenerDirectory } from './listener-directory';
import { changeLocalEid, localEid } from './local-eid';
import { Quota } from './quota';

/** How much clients may hold (A.6). */
export interface ClientLimits {
  readonly listeners: number;
  readonly listenersPerClient: number;
  readonly requests: number;
  readonly requestsPerClient: number;
  /** Requests that wait unread at one listener. */
  readonly unread: number;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  listeners: 254,
  listenersPerClient: 128,
  requests: 256,
  requestsPerClient: 64,
  unread: 16,
};

export interface ClientServiceParts {
  readonly net: Net;
  readonly clock: Clock;
  readonly log?: Log;
  /** Network of the clients that name none. Default: the lowest that has a link (D-4). */
  readonly defaultNetwork?: number | undefined;
  /** The stack answers control requests itself, so nobody else can listen to them. Default true. */
  readonly controlResponder?: boolean;
  /** Whether the EIDs of a link are ours to choose. Default: those of user-space links. */
  readonly mayChangeEid?: (link: NetLink) => boolean;
  readonly limits?: Partial<ClientLimits>;
}

/** What all clients of one {@link Net} share: who listens to what, and the limits. One in a process. */
export class ClientService implements ClientHost {
  readonly net: Net;
  readonly clock: Clock;
  readonly log: Log;
  readonly controlResponder: boolean;
  readonly limits: ClientLimits;
  readonly directory: ListenerDirectory;
  /** Requests that were thrown away because the client they were for did not receive. */
  dropped = 0;
  private readonly listeners: Quota;
  private readonly requests: Quota;
  private readonly mayChangeEid: (link: NetLink) => boolean;
  private defaultNetwork: number | undefined;

  constructor(parts: ClientServiceParts) {
    const { net, clock, log = nullLog, controlResponder = true } = parts;
    this.net = net;
    this.clock = clock;
    this.log = log;
    this.controlResponder = controlResponder;
    this.limits = { ...DEFAULT_CLIENT_LIMITS, ...parts.limits };
    this.directory = new ListenerDirectory(net);
    this.listeners = new Quota(this.limits.listeners);
    this.requests = new Quota(this.limits.requests);
    this.mayChangeEid = parts.mayChangeEid ?? ((link) => link.backend === 'user');
    this.defaultNetwork = parts.defaultNetwork;
  }

  /** The places that one client has. */
  quotas(): { readonly listeners: Quota; readonly requests: Quota } {
    const { listenersPerClient, requestsPerClient } = this.limits;
    return {
      listeners: new Quota(listenersPerClient, this.listeners),
      requests: new Quota(requestsPerClient, this.requests),
    };
  }

  /**
   * The network a client is bound to (R-API-21).
   * @param wanted `undefined`: the default one, which stays the same once it was used
   * @throws ClientError `BadArgument` where no link is in it
   */
  network(wanted: number | undefined): number {
    const networks = this.net.links().map((link) => link.network);
    if (wanted === undefined && this.defaultNetwork === undefined && networks.length > 0) {
      this.defaultNetwork = Math.min(...networks);
    }
    const network = wanted ?? this.defaultNetwork;
    if (network === undefined) throw badArgument('there is no network yet: no link has been opened');
    if (!networks.includes(network)) throw badArgument(`there is no network ${network}`);
    return network;
  }

  /** Where a message came from, for a line of the log (D-17). */
  origin({ link, network, source: eid, physical }: Incoming): LogFields {
    const name = linkOf(this.net, link)?.name;
    return { link: name, network, eid, physicalAddress: toHex(physical), operation: 'client' };
  }

  localEid(network: number): number {
    return localEid(this.net, network);
  }

  /** @throws ClientError `AddrInUse` */
  async changeLocalEid(network: number, eid: number): Promise<void> {
    await changeLocalEid(this.net, network, eid, this.mayChangeEid);
  }
}
