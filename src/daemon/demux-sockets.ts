import { describeError } from '../base/errors';
import { CLIENT_SOCKET } from '../client/socket-wire';
import type { DaemonConfig } from '../config/schema';
import type { Net } from '../core/net';
import { Census } from '../demux/census';
import { DemuxNetwork } from '../demux/demux-network';
import { DemuxDrops } from '../demux/drops';
import { DemuxServer } from '../demux/server';
import { printableName } from '../os/unix-address';
import type { Platform } from './platform';

/** Where no link has a network at all; there is nobody to talk to then, but clients can wait. */
const FALLBACK_NETWORK = 1;

export interface DemuxSocketsParts {
  readonly config: Pick<DaemonConfig, 'defaultNetwork' | 'demux'>;
  readonly platform: Platform;
  readonly net: Net;
}

/** The sockets of the demultiplexer, with what the configuration says about them (D-4). */
export class DemuxSockets {
  readonly drops: DemuxDrops;
  private readonly networks = new Map<number, DemuxNetwork>();
  private readonly server: DemuxServer;
  private addresses: readonly string[] = [];

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

  /** As `Manager1.DemuxSockets` shows them: `@mctp-demux`. A name that was taken is not among them (R-DEMUX-43). */
  get names(): readonly string[] {
    return this.addresses.map(printableName);
  }

  /**
   * Begins to serve: the configured names and what the service manager has opened belong to the default network, each
   * further network has a name of its own. A name that is taken is left out.
   * @throws MctpError `name-taken` and what else there is, where the configuration requires the sockets (R-DEMUX-3)
   */
  open(): void {
    const { config, platform, net } = this.parts;
    if (config.demux.names.length === 0) return;
    const known = [...new Set(net.links().map(({ network }) => network))].sort((a, b) => a - b);
    const main = config.defaultNetwork ?? known[0] ?? FALLBACK_NETWORK;
    const further = known
      .filter((network) => network !== main)
      .map((network) => [platform.socketAddress(`mctp-demux-${network}`), network] as const);
    const configured = config.demux.names.map((name) => [platform.socketAddress(name), main] as const);
    const others = [...new Map([...configured, ...further]).keys(), platform.socketAddress(CLIENT_SOCKET)];
    const inherited = platform.inheritedSockets
      .filter((address) => !others.includes(address))
      .map((address) => [address, main] as const);
    for (const [address, network] of [...configured, ...further, ...inherited]) this.listen(address, network);
  }

  /** Disconnects every client. Idempotent. */
  close(): void {
    this.server.close();
    for (const network of this.networks.values()) network.close();
    this.networks.clear();
  }

  private listen(address: string, network: number): void {
    const { config, platform } = this.parts;
    try {
      this.server.listen(address, this.network(network));
      this.addresses = [...this.addresses, address];
    } catch (error) {
      if (config.demux.required) throw error;
      const fields = { socket: printableName(address), network, cause: describeError(error) };
      platform.log.error('no demux socket of this name', fields);
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
}
