import { MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { BindingListener } from './binding';
import { LinkMaker } from './link-maker';
import type { LinkMakerOptions, LinkOptions } from './link-maker';
import { LinkTable } from './link-table';
import type { RouterLink } from './link-table';
import { Listeners } from './listeners';
import { LoopBack } from './loop-back';
import type {
  Destination,
  Exchange,
  Incoming,
  LinkCounters,
  ListenOptions,
  Neighbour,
  Net,
  NetEvent,
  NetLink,
  ReplyOptions,
  RequestOptions,
  Requester,
  Route,
} from './net';
import { TAG_COUNT } from './packet';
import { Planner } from './plan';
import type { ReassemblyLimits } from './reassembly';
import { Receiver } from './receiver';
import { Replies } from './replies';
import { RouteTable } from './routes';
import { Sender } from './sender';
import { FlowTable } from './tags';

/** Time comes from outside: base/clock.ts `Alarm` is one, ringing {@link Router.poll}. */
export interface Timebase {
  /** Monotonic milliseconds. */
  now(): number;
  /** Asks for {@link Router.poll} at `deadline` or earlier; a later wish does not replace an earlier one. */
  wakeAt(deadline: number): void;
}

export interface RouterOptions extends LinkMakerOptions {
  readonly reassembly?: Partial<ReassemblyLimits>;
  /** A handler or binding of our own has thrown. The router goes on. Default: nobody is told. */
  readonly onDefect?: (error: unknown) => void;
}

/** MCTP over bindings in this process: the user-space {@link Net}. It has no timer; somebody calls {@link poll}. */
export class Router implements Net {
  readonly capabilities = { chooseSourceEid: true, unmatchedResponses: true, maxInFlight: TAG_COUNT };
  private readonly table: LinkTable;
  private readonly routing = new RouteTable();
  private readonly flows = new FlowTable();
  private readonly listeners: Listeners;
  private readonly receiver: Receiver;
  private readonly sender: Sender;
  private readonly replies: Replies;
  private readonly linkMaker: LinkMaker;
  private closed = false;

  constructor(
    private readonly timebase: Timebase,
    private readonly options: RouterOptions = {},
  ) {
    const onDefect = (error: unknown): void => this.onDefect(error);
    const wakeAt = (deadline: number): void => this.wakeAt(deadline);
    this.table = new LinkTable(onDefect);
    this.listeners = new Listeners(onDefect);
    const { table: links, routing: routes, flows, listeners } = this;
    const parts = { links, routes, flows, listeners, onDefect, wakeAt };
    this.receiver = new Receiver(parts, () => this.sender, options.reassembly ?? {});
    const now = (): number => this.now();
    const discardResponse = this.receiver.discardResponse.bind(this.receiver);
    const planner = new Planner(links, routes);
    const loopBack = new LoopBack((incoming) => this.receiver.local(incoming));
    this.sender = new Sender({ now, wakeAt, discardResponse }, { links, planner, flows, loopBack });
    this.replies = new Replies(loopBack, links, planner);
    this.linkMaker = new LinkMaker({ now, wakeAt, onDefect }, options);
  }

  /** Does what is due and asks for the next call. @param now milliseconds of the timebase */
  poll(now: number): void {
    if (this.closed) return;
    this.receiver.reassembler.expire(now);
    this.sender.poll(now);
    let deadline = Math.min(this.receiver.reassembler.nextDeadline(), this.sender.nextDeadline());
    for (const { port } of this.table.all()) {
      port.poll(now);
      deadline = Math.min(deadline, port.nextDeadline());
    }
    this.wakeAt(deadline);
  }

  /**
   * Opens the binding and takes the link in, up or not.
   * @throws MctpError `bad-mtu`, `invalid-eid`, `invalid-arguments`, `closed`, and what the binding's `open` throws
   */
  async addLink(options: LinkOptions): Promise<NetLink> {
    this.checkOpen();
    const link = this.linkMaker.make(options);
    const { index } = link.info;
    this.table.add(link);
    try {
      for (const eid of options.localEids ?? []) this.table.addLocalEid(index, eid);
      await link.binding.open(this.listenerFor(link));
    } catch (error) {
      this.detach(link, 'the link could not be opened');
      await link.binding.close();
      throw error;
    }
    // Whoever closed the router or removed the link meanwhile has closed the binding too.
    if (this.table.get(index) !== link)
      throw new MctpError('closed', 'the link was removed while it was opened');
    this.table.announce(link);
    return link.info;
  }

  /** @throws MctpError `unknown-link` */
  async removeLink(index: number): Promise<void> {
    const link = this.table.require(index);
    this.detach(link, 'the link was removed');
    await link.binding.close();
  }

  /** Closes every binding and ends every exchange: waiting receivers get `undefined`, queued messages `closed`. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const links = this.table.all();
    for (const link of links) {
      link.announced = false;
      this.detach(link, 'the router was closed');
    }
    await Promise.all(links.map(({ binding }) => binding.close()));
  }

  links(): readonly NetLink[] {
    return this.table.all().flatMap(({ info, announced }) => (announced ? [info] : []));
  }

  on(listener: (event: NetEvent) => void): Subscription {
    return this.table.on(listener);
  }

  async addLocalEid(link: number, eid: number): Promise<void> {
    await Promise.resolve();
    this.table.addLocalEid(link, eid);
  }

  async removeLocalEid(link: number, eid: number): Promise<void> {
    await Promise.resolve();
    this.table.removeLocalEid(link, eid);
  }

  routes(network: number): readonly Route[] {
    return this.routing.routes(network);
  }

  async addRoute(route: Route): Promise<void> {
    await Promise.resolve();
    if (route.link !== undefined && this.table.require(route.link).info.network !== route.network) {
      throw new MctpError('invalid-arguments', 'the link of the route is in another network', {
        network: route.network,
        eid: route.first,
      });
    }
    this.routing.add(route);
  }

  async removeRoute(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): Promise<void> {
    await Promise.resolve();
    this.routing.remove(route);
  }

  neighbours(network: number): readonly Neighbour[] {
    const links = this.table.all().filter(({ info }) => info.network === network);
    return this.routing.neighbours(links.map(({ info }) => info.index));
  }

  async addNeighbour(neighbour: Neighbour): Promise<void> {
    await Promise.resolve();
    const { info } = this.table.require(neighbour.link);
    if (neighbour.address.length !== info.addressLength) {
      throw new MctpError(
        'bad-physaddr',
        `a physical address of this link has ${String(info.addressLength)} bytes`,
        {
          link: info.name,
          physicalAddress: neighbour.address,
        },
      );
    }
    this.routing.setNeighbour(neighbour);
  }

  async removeNeighbour({ link, eid }: Pick<Neighbour, 'link' | 'eid'>): Promise<void> {
    await Promise.resolve();
    this.routing.removeNeighbour(link, eid);
  }

  async request(
    destination: Destination,
    message: Uint8Array,
    options: RequestOptions = {},
  ): Promise<Exchange> {
    this.checkOpen();
    return this.sender.request(destination, message, options);
  }

  async reply(request: Incoming | Requester, message: Uint8Array, options: ReplyOptions = {}): Promise<void> {
    this.checkOpen();
    await this.replies.send(request, message, options);
  }

  /** Here every type is ours: nobody is refused. */
  listen(
    type: number,
    handler: (incoming: Incoming) => boolean,
    priority: number,
    { network }: ListenOptions = {},
  ): Subscription {
    return this.listeners.add(type, handler, priority, network);
  }

  listenUnmatched(handler: (incoming: Incoming) => void): Subscription {
    return this.receiver.onUnmatched(handler);
  }

  counters(link: number): LinkCounters | undefined {
    return this.table.get(link)?.port.counters();
  }

  nudge(link: number): void {
    this.table.get(link)?.binding.nudge?.();
  }

  private now(): number {
    return this.timebase.now();
  }

  private wakeAt(deadline: number): void {
    if (!this.closed && deadline !== Infinity) this.timebase.wakeAt(deadline);
  }

  private onDefect(error: unknown): void {
    this.options.onDefect?.(error);
  }

  private checkOpen(): void {
    if (this.closed) throw new MctpError('closed', 'the MCTP stack is shut down');
  }

  private listenerFor(link: RouterLink): BindingListener {
    const attached = (): boolean => this.table.get(link.info.index) === link;
    return {
      packet: (packet, source) => {
        if (attached()) this.receiver.packet(link, packet, source, this.now());
      },
      writable: () => link.port.writable(),
      up: (isUp, reason) => {
        if (!attached()) return;
        this.table.setUp(link, isUp);
        if (!isUp) {
          const context = { link: link.info.name };
          link.port.fail(
            'TransmitLinkDown',
            new MctpError('link-down', `the link went down: ${reason}`, context),
          );
        }
      },
      drop: (reason) => link.port.drop(reason),
    };
  }

  /** Takes the link out of everything; the binding is still to be closed. */
  private detach(link: RouterLink, why: string): void {
    const { index, name } = link.info;
    const code = this.closed ? 'closed' : 'link-down';
    this.table.remove(link);
    this.routing.removeLink(index);
    link.port.fail('TransmitLinkDown', new MctpError(code, why, { link: name }));
    this.sender.abandon(index);
    this.receiver.reassembler.discard({ link: index });
  }
}
