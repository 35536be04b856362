import type { Clock, Timer } from '../base/clock';
import { describeError, MctpError } from '../base/errors';
import { Emitter, type Subscription } from '../base/events';
import { isEndpointEid } from '../base/ids';
import type { Log } from '../base/log';
import type { NetEvent, NetLink } from '../core/net';
import { Errno } from '../os/errno';
import type { KernelAccess } from '../os/kernel-access';
import { addAddress, deleteAddress } from '../os/kernel-addresses';
import { changeFailure } from '../os/kernel-errors';
import { Monitor } from './monitor';
import { PathChanges } from './path-changes';
import { PathTable } from './path-table';
import {
  changesBetween,
  refusedLinks,
  servedLinks,
  usedNetworks,
  type Picture,
  type Serving,
  type Tables,
} from './picture';
import { readTables } from './tables';
import { Rtnetlink } from '../os/rtnetlink';

/** A kernel whose tables cannot be read is asked again after this long, were there no event before. */
const RETRY_MS = 1000;

export interface TopologyParts {
  readonly access: KernelAccess;
  readonly clock: Clock;
  readonly log: Log;
  /** A listener of ours has thrown. */
  readonly onDefect: (error: unknown) => void;
}

/** The kernel's links, addresses, routes and neighbours: the last picture of them, and its changes as events. */
export class Topology {
  readonly paths = new PathTable();
  readonly changes: PathChanges;
  private readonly rtnetlink: Rtnetlink;
  private readonly monitor: Monitor;
  private readonly events = new Emitter<NetEvent>();
  private tables: Tables = { links: [], addresses: [] };
  private picture: Picture = new Map();
  private serving: Serving | undefined;
  private refreshing = false;
  private retry: Timer | undefined;
  private told = new Set<string>();
  /** Why the tables cannot be read, as the log knows: what fails each second must not fill it. */
  private unread: string | undefined;
  private closed = false;

  /** @throws MctpError `not-supported`, `internal` */
  constructor(private readonly parts: TopologyParts) {
    const { access, clock, log } = parts;
    const changed = (): void => this.refresh();
    this.rtnetlink = new Rtnetlink(access, clock, changed);
    this.changes = new PathChanges(this.rtnetlink, this.paths, () => this.picture);
    const knows = (index: number): boolean => this.tables.links.some((link) => link.index === index);
    this.monitor = new Monitor({ access, clock, log, changed, knows });
  }

  /**
   * Listens for changes and reads everything. No link is served before {@link serve}.
   * @throws MctpError `internal`, `closed`
   */
  async open(): Promise<void> {
    // Before the first dump, so that nothing is missed in between.
    this.monitor.open();
    await this.inTurn(() => this.read());
  }

  /** Networks that links of the kernel are in. */
  usedNetworks(): ReadonlySet<number> {
    return usedNetworks(this.tables);
  }

  /** Tells of every link that is ours to serve, now and from now on. */
  serve(serving: Serving): void {
    this.serving = serving;
    this.apply(this.tables);
  }

  on(listener: (event: NetEvent) => void): Subscription {
    return this.events.on(listener);
  }

  links(): readonly NetLink[] {
    return [...this.picture.values()];
  }

  link(index: number): NetLink | undefined {
    return this.picture.get(index);
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.rtnetlink.inTurn(work);
  }

  /** @throws MctpError `unknown-link`, `invalid-eid`, `not-permitted`, ... */
  async addLocalEid(index: number, eid: number): Promise<void> {
    const link = this.require(index);
    const where = { link: link.name, eid };
    if (!isEndpointEid(eid)) throw new MctpError('invalid-eid', 'an endpoint has an EID of 8..254', where);
    const ack = await this.rtnetlink.change(addAddress({ link: index, eid }));
    if (![0, Errno.EEXIST].includes(ack.errno)) throw changeFailure(ack, 'cannot add our EID', where);
    const others = this.tables.addresses.filter((each) => each.link !== index || each.eid !== eid);
    this.apply({ ...this.tables, addresses: [...others, { link: index, eid }] });
  }

  /** @throws MctpError `unknown-link`, `not-permitted`, ... */
  async removeLocalEid(index: number, eid: number): Promise<void> {
    const where = { link: this.require(index).name, eid };
    const ack = await this.rtnetlink.change(deleteAddress({ link: index, eid }));
    if (![0, Errno.ENOENT].includes(ack.errno)) throw changeFailure(ack, 'cannot remove our EID', where);
    const addresses = this.tables.addresses.filter((each) => each.link !== index || each.eid !== eid);
    this.apply({ ...this.tables, addresses });
  }

  close(): void {
    this.closed = true;
    this.retry?.cancel();
    this.monitor.close();
    this.rtnetlink.close();
  }

  /** Reads everything anew, once for all the events that came before it begins. */
  private refresh(): void {
    if (this.refreshing || this.closed) return;
    this.refreshing = true;
    this.retry?.cancel();
    this.inTurn(async () => {
      this.refreshing = false;
      await this.read();
    }).catch((error: unknown) => {
      if (this.closed) return;
      const cause = describeError(error);
      if (cause !== this.unread) this.parts.log.error("the kernel's MCTP tables cannot be read", { cause });
      this.unread = cause;
      // A look that was asked for meanwhile may have failed before this one.
      this.retry?.cancel();
      this.retry = this.parts.clock.setTimer(RETRY_MS, () => this.refresh());
    });
  }

  private async read(): Promise<void> {
    const { links, addresses, routes, neighbours } = await readTables(this.rtnetlink);
    this.unread = undefined;
    this.paths.replace(routes, neighbours);
    this.apply({ links, addresses });
  }

  private apply(tables: Tables): void {
    this.tables = tables;
    if (this.serving === undefined || this.closed) return;
    const before = this.picture;
    this.picture = servedLinks(tables, this.serving);
    this.tellRefused(tables, this.serving);
    for (const event of changesBetween(before, this.picture)) {
      if (event.kind === 'link-removed') this.paths.removeLink(event.link.index);
      this.tell(event);
    }
  }

  /** Once for each link and network. */
  private tellRefused(tables: Tables, serving: Serving): void {
    const refused = refusedLinks(tables, serving);
    for (const [{ name, network }, cause] of refused) {
      if (this.told.has(`${name} ${network}`)) continue;
      this.parts.log.error('a link of the kernel is left out', { link: name, network, cause });
    }
    this.told = new Set(refused.map(([{ name, network }]) => `${name} ${network}`));
  }

  private tell(event: NetEvent): void {
    try {
      this.events.emit(event);
    } catch (error) {
      // A listener's defect must not undo what has happened to the link.
      this.parts.onDefect(error);
    }
  }

  private require(index: number): NetLink {
    const link = this.picture.get(index);
    if (link === undefined) throw new MctpError('unknown-link', `there is no link with index ${index}`);
    return link;
  }
}
