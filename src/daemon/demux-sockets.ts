import { describeError } from '../base/errors';
import type { Subscription } from '../base/events';
import { CLIENT_SOCKET } from '../client/socket-wire';
import type { DaemonConfig } from '../config/schema';
import type { Net } from '../core/net';
import { Census } from '../demux/census';
import { DemuxNetwork } from '../demux/demux-network';
import { DemuxDrops } from '../demux/drops';
import { DemuxServer, type DemuxSocket } from '../demux/server';
import { printableName } from '../os/unix-address';
import type { Platform } from './platform';

/** Where no link has a network at all; there is nobody to talk to then, but clients can wait. */
const FALLBACK_NETWORK = 1;

export interface DemuxSocketsParts {
  readonly config: Pick<DaemonConfig, 'defaultNetwork' | 'demux'>;
  readonly platform: Platform;
  readonly net: Net;
}

interface Served {
  readonly address: string;
  /** `undefined`: the name was taken. */
  readonly socket: DemuxSocket | undefined;
}

/**
 * The sockets of the demultiplexer, with what the configuration says about them (D-4): those of the default network for as
 * long as we run, that of each further network while a link is in it.
 */
export class DemuxSockets {
  readonly drops: DemuxDrops;
  private readonly lasting: Served[] = [];
  private readonly further = new Map<number, Served>();
  private readonly networks = new Map<number, DemuxNetwork>();
  private readonly server: DemuxServer;
  private changes: Subscription | undefined;

  constructor(private readonly parts: DemuxSocketsParts) {
    const { config, platform } = parts;
    const { demux } = config;
    const { clock, log, listen, ownUid } = platform;
    this.drops = new DemuxDrops(log, clock);
    this.server = new DemuxServer({
      ...{ clock, log, listen, drops: this.drops },
      policy: { ownUid, rules: demux.allow },
      census: new Census({ clients: demux.maxClients, perUid: demux.maxPerUid }),
      queue: { frames: demux.queueFrames, bytes: demux.queueBytes },
    });
  }

  /**
   * As `Manager1.DemuxSockets` shows them at the moment: `@mctp-demux`. A name that was taken is not among them
   * (R-DEMUX-43).
   */
  get names(): readonly string[] {
    return [...this.lasting, ...this.further.values()]
      .filter(({ socket }) => socket !== undefined)
      .map(({ address }) => printableName(address));
  }

  /**
   * Begins to serve: the configured names and what the service manager has opened belong to the default network, each
   * further network has a name of its own. A name that is taken is left out.
   * @throws MctpError `name-taken` and what else there is, where the configuration requires the sockets (R-DEMUX-3)
   */
  open(): void {
    const { config, platform, net } = this.parts;
    const { names, required } = config.demux;
    if (names.length === 0) return;
    const main = config.defaultNetwork ?? this.linkedNetworks()[0] ?? FALLBACK_NETWORK;
    for (const name of names) this.last(platform.socketAddress(name), main);
    for (const address of platform.inheritedSockets) this.last(address, this.networkOf(address) ?? main);
    this.follow(main, required);
    this.changes = net.on((event) => {
      // A network comes when the daemon runs: that its name is taken cannot keep us from starting any more.
      if (event.kind.startsWith('link-')) this.follow(main, false);
    });
  }

  /** Disconnects every client. Idempotent. */
  close(): void {
    this.changes?.unsubscribe();
    this.server.close();
    for (const network of this.networks.values()) network.close();
    this.networks.clear();
  }

  /** A name for good: the default network stays what it is, and the service manager would hold its own open after us. */
  private last(address: string, network: number): void {
    const { config, platform } = this.parts;
    if (this.isLasting(address) || address === platform.socketAddress(CLIENT_SOCKET)) return;
    this.lasting.push(this.listen(address, network, config.demux.required));
  }

  private isLasting(address: string): boolean {
    return this.lasting.some((served) => served.address === address);
  }

  /** The sockets of further networks are those of the networks that have a link. */
  private follow(main: number, required: boolean): void {
    const linked = this.linkedNetworks();
    for (const [network, { socket }] of this.further) {
      if (linked.includes(network)) continue;
      socket?.close();
      this.networks.get(network)?.close();
      this.networks.delete(network);
      this.further.delete(network);
    }
    for (const network of linked) {
      const address = this.addressOf(network);
      const before = this.further.get(network);
      if (network === main || before?.socket !== undefined || this.isLasting(address)) continue;
      // A name that was taken may be free by now.
      this.further.set(network, this.listen(address, network, required, before));
    }
  }

  /**
   * @param before what came of it the last time, as the log knows
   * @throws MctpError where it is required
   */
  private listen(address: string, network: number, required: boolean, before?: Served): Served {
    try {
      return { address, socket: this.server.listen(address, this.network(network)) };
    } catch (error) {
      if (required) throw error;
      const fields = { socket: printableName(address), network, cause: describeError(error) };
      if (before === undefined) this.parts.platform.log.error('no demux socket of this name', fields);
      return { address, socket: undefined };
    }
  }

  private network(network: number): DemuxNetwork {
    const known = this.networks.get(network);
    if (known !== undefined) return known;
    const { net, platform, config } = this.parts;
    const { clock } = platform;
    const { compat } = config.demux;
    const made = new DemuxNetwork({ net, clock, network, compat, drops: this.drops });
    this.networks.set(network, made);
    return made;
  }

  /** Ascending. */
  private linkedNetworks(): readonly number[] {
    return [...new Set(this.parts.net.links().map(({ network }) => network))].sort((a, b) => a - b);
  }

  private addressOf(network: number): string {
    return this.parts.platform.socketAddress(`mctp-demux-${network}`);
  }

  /** The network that a name tells, also before it has a link. */
  private networkOf(address: string): number | undefined {
    const network = Number(/mctp-demux-(\d+)/.exec(address)?.[1] ?? 0);
    return network > 0 && address === this.addressOf(network) ? network : undefined;
  }
}
