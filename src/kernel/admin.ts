import type { Clock } from '../base/clock';
import type { Random } from '../base/random';
import type { Neighbour, NetLink } from '../core/net';
import type { LineOps, LineSettings } from '../os/attached-line';
import type { DatagramOps } from '../os/datagram-socket';
import { addAddress, deleteAddress, type LocalAddress } from '../os/kernel-addresses';
import { kernelAccess, type KernelAccess } from '../os/kernel-access';
import type { Ack } from '../os/kernel-errors';
import { changeLink, type KernelLink, type LinkChange } from '../os/kernel-links';
import { kernelHasMctp } from '../os/mctp-socket';
import { Rtnetlink } from '../os/rtnetlink';
import type { RtnetlinkRequest } from '../os/rtnetlink-messages';
import { addNeighbour, deleteNeighbour } from './neighbours';
import { servedLinks, usedNetworks } from './picture';
import { addRoute, deleteRoute, type KernelRoute } from './routes';
import { SerialLink } from './serial-link';
import { readLinks, readTables } from './tables';

/** Every link of the kernel, whoever serves it. */
const ALL = { refuse: () => undefined, besideUserLinks: false };

/** The kernel's MCTP at one moment. Links, routes and neighbours refer to a link by its index. */
export interface KernelState {
  /** By index, with our EIDs. */
  readonly links: readonly NetLink[];
  /** The first that covers an EID is taken. */
  readonly routes: readonly KernelRoute[];
  readonly neighbours: readonly Neighbour[];
  readonly usedNetworks: ReadonlySet<number>;
}

export type AdminOps = DatagramOps & LineOps;

/**
 * The kernel's MCTP for a person at the command line: read as it is, and changed one entry at a time. A change gives the
 * kernel's answer as it came; what it means depends on what was asked for.
 */
export class KernelAdmin {
  private readonly rtnetlink: Rtnetlink;

  private readonly access: KernelAccess;

  private constructor(
    private readonly ops: AdminOps,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.access = kernelAccess(ops);
    this.rtnetlink = new Rtnetlink(this.access, clock);
  }

  /** `undefined`: this kernel has no MCTP. Its netlink would answer all the same, with nothing in it. */
  static open(ops: AdminOps, clock: Clock, random: Random): KernelAdmin | undefined {
    return kernelHasMctp(ops) ? new KernelAdmin(ops, clock, random) : undefined;
  }

  /** @throws MctpError `internal`, `closed` */
  async read(): Promise<KernelState> {
    const tables = await this.rtnetlink.inTurn(() => readTables(this.rtnetlink));
    const { routes, neighbours } = tables;
    const links = [...servedLinks(tables, ALL).values()];
    return { links, routes, neighbours, usedNetworks: usedNetworks(tables) };
  }

  setLink(index: number, change: LinkChange): Promise<Ack> {
    return this.change(changeLink(index, change));
  }

  addAddress(address: LocalAddress): Promise<Ack> {
    return this.change(addAddress(address));
  }

  deleteAddress(address: LocalAddress): Promise<Ack> {
    return this.change(deleteAddress(address));
  }

  addRoute(route: KernelRoute): Promise<Ack> {
    return this.change(addRoute(route));
  }

  deleteRoute(route: Omit<KernelRoute, 'mtu'>): Promise<Ack> {
    return this.change(deleteRoute(route));
  }

  addNeighbour(neighbour: Neighbour): Promise<Ack> {
    return this.change(addNeighbour(neighbour));
  }

  deleteNeighbour(neighbour: Pick<Neighbour, 'link' | 'eid'>): Promise<Ack> {
    return this.change(deleteNeighbour(neighbour));
  }

  /**
   * Makes a tty a link.
   * @throws MctpError as {@link SerialLink.attach}
   */
  attachSerial(settings: LineSettings): Promise<SerialLink> {
    const { ops, access, clock, random, rtnetlink } = this;
    const links = (): Promise<readonly KernelLink[]> => rtnetlink.inTurn(() => readLinks(rtnetlink));
    return SerialLink.attach({ ops, access, clock, random, links }, settings);
  }

  close(): void {
    this.rtnetlink.close();
  }

  private change(request: RtnetlinkRequest): Promise<Ack> {
    return this.rtnetlink.inTurn(() => this.rtnetlink.change(request));
  }
}
