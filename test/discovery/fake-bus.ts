import { bytesEqual, toHex } from '../../src/base/bytes';
import type { Clock } from '../../src/base/clock';
import { MctpError } from '../../src/base/errors';
import { Emitter, type Subscription } from '../../src/base/events';
import { PhysicalBinding } from '../../src/base/ids';
import type {
  Destination,
  Exchange,
  Incoming,
  Neighbour,
  Net,
  NetCapabilities,
  NetEvent,
  NetLink,
  Route,
} from '../../src/core/net';
import { RouteTable } from '../../src/core/routes';
import type { FakeDevice } from './fake-device';

/** One request and its answer, from the header byte on (the type byte left out), as they crossed the bus. */
export interface Recorded {
  readonly way: 'physical' | 'routed';
  /** Destination EID; 0 when physical. */
  readonly eid: number;
  /** Physical address of the device. */
  readonly to: string;
  readonly request: string;
  /** Absent: silence. */
  readonly response: string | undefined;
  /** Clock milliseconds. */
  readonly at: number;
}

/** A `Net` whose links lead to scripted devices. */
export class FakeBus implements Net {
  readonly capabilities: NetCapabilities = {
    chooseSourceEid: true,
    unmatchedResponses: true,
    maxInFlight: 8,
  };
  readonly transcript: (Recorded | string)[] = [];
  /** Makes the next matching call of the table fail. */
  failing: (action: string) => Error | undefined = () => undefined;
  /** A turn of its own, as a system call would take; tests may make it longer. */
  pause: () => Promise<void> = () => Promise.resolve();
  /** Routes belong to the device, as in a kernel, and go along when their link changes its network. */
  routesFollow = true;
  /** What was answered to incoming requests: hex from the header byte on. */
  readonly replies: string[] = [];
  private handler: ((message: Incoming) => boolean) | undefined;
  private readonly table = new RouteTable();
  private readonly linkTable = new Map<number, NetLink>();
  private readonly devices: FakeDevice[] = [];
  private readonly events = new Emitter<NetEvent>();

  constructor(private readonly clock: Clock) {}

  /** Adds a link, telling listeners. */
  addLink(more: Partial<NetLink> & Pick<NetLink, 'index'>): NetLink {
    const link: NetLink = {
      name: `mctp${more.index}`,
      network: 1,
      backend: 'user',
      binding: 'loopback',
      physicalBinding: PhysicalBinding.smbus,
      address: Uint8Array.of(0x10),
      addressLength: 1,
      pointToPoint: false,
      minMtu: 68,
      maxMtu: 254,
      mtu: 68,
      up: true,
      localEids: [8],
      ...more,
    };
    this.linkTable.set(link.index, link);
    this.events.emit({ kind: 'link-added', link });
    return link;
  }

  changeLink(index: number, more: Partial<NetLink>): void {
    const before = this.link(index);
    const link = { ...before, ...more };
    this.linkTable.set(index, link);
    if (this.routesFollow) this.moveRoutes(index, before.network, link.network);
    this.events.emit({ kind: 'link-changed', link, before });
  }

  removeLink(index: number): void {
    const link = this.link(index);
    this.linkTable.delete(index);
    this.table.removeLink(index);
    this.events.emit({ kind: 'link-removed', link });
  }

  attach(...devices: FakeDevice[]): void {
    this.devices.push(...devices);
  }

  detach(device: FakeDevice): void {
    const at = this.devices.indexOf(device);
    if (at >= 0) this.devices.splice(at, 1);
  }

  /** Commands that crossed the bus, requests only: `02@1d` physical, `05@1d` routed. */
  commands(): string[] {
    return this.exchanges().map((each) => `${each.request.slice(2, 4)}@${each.to}`);
  }

  /** When a command was sent, given as two hex digits. */
  times(command: string): number[] {
    return this.exchanges()
      .filter((each) => each.request.slice(2, 4) === command)
      .map((each) => each.at);
  }

  /** When an unanswered command was begun: the first of each four attempts, 250 ms apart (R-DISC-11). */
  begun(command: string): number[] {
    const times = this.times(command);
    const first = times.filter((_, at) => at % 4 === 0);
    expect(times).toEqual(first.flatMap((at) => [at, at + 250, at + 500, at + 750]));
    return first;
  }

  exchanges(): Recorded[] {
    return this.transcript.filter((each) => typeof each !== 'string');
  }

  links(): readonly NetLink[] {
    return [...this.linkTable.values()];
  }

  on(listener: (event: NetEvent) => void): Subscription {
    return this.events.on(listener);
  }

  async addLocalEid(index: number, eid: number): Promise<void> {
    await this.pause();
    const link = this.link(index);
    this.fail(`EID ${eid}`);
    if (link.localEids.includes(eid)) return;
    const after = { ...link, localEids: [...link.localEids, eid].sort((a, b) => a - b) };
    this.linkTable.set(index, after);
    this.events.emit({ kind: 'local-eid-added', link: after, eid });
  }

  async removeLocalEid(index: number, eid: number): Promise<void> {
    await this.pause();
    const link = this.link(index);
    this.fail(`no EID ${eid}`);
    if (!link.localEids.includes(eid)) return;
    const after = { ...link, localEids: link.localEids.filter((each) => each !== eid) };
    this.linkTable.set(index, after);
    this.events.emit({ kind: 'local-eid-removed', link: after, eid });
  }

  routes(network: number): readonly Route[] {
    return this.table.routes(network);
  }

  async addRoute(route: Route): Promise<void> {
    await this.note(routeText(route));
    this.table.add(route);
  }

  async removeRoute(route: Pick<Route, 'network' | 'first' | 'extent' | 'link'>): Promise<void> {
    await this.note(`no route ${rangeText(route)}`);
    this.table.remove(route);
  }

  neighbours(network: number): readonly Neighbour[] {
    const links = this.links().filter((link) => link.network === network);
    return this.table.neighbours(links.map((link) => link.index));
  }

  async addNeighbour(neighbour: Neighbour): Promise<void> {
    await this.note(`neighbour ${neighbour.eid} -> ${toHex(neighbour.address)}`);
    this.table.setNeighbour(neighbour);
  }

  async removeNeighbour({ link, eid }: Pick<Neighbour, 'link' | 'eid'>): Promise<void> {
    await this.note(`no neighbour ${eid}`);
    this.table.removeNeighbour(link, eid);
  }

  async request(destination: Destination, message: Uint8Array): Promise<Exchange> {
    await Promise.resolve();
    const exchange = new FakeExchange(this.clock, () => this.transmit(destination, message, exchange));
    this.transmit(destination, message, exchange);
    return exchange;
  }

  reply(to: Incoming, message: Uint8Array): Promise<void> {
    const answer = toHex(message.subarray(1));
    this.replies.push(answer);
    this.transcript.push(`reply ${toHex(to.physical)} ${answer}`);
    return Promise.resolve();
  }

  listen(_type: number, handler: (message: Incoming) => boolean): Subscription {
    this.handler = handler;
    return { unsubscribe: () => (this.handler = undefined) };
  }

  /** A request to us arrives. */
  deliver(message: Incoming): void {
    this.handler?.(message);
  }

  counters(): undefined {
    return undefined;
  }

  nudge(): void {
    this.transcript.push('nudge');
  }

  private moveRoutes(link: number, from: number, to: number): void {
    if (from === to) return;
    for (const route of this.table.routes(from).filter((each) => each.link === link)) {
      this.table.remove(route);
      this.table.add({ ...route, network: to });
    }
  }

  private async note(action: string): Promise<void> {
    await this.pause();
    this.fail(action);
    this.transcript.push(action);
  }

  private fail(action: string): void {
    const error = this.failing(action);
    if (error !== undefined) throw error;
  }

  private transmit(destination: Destination, message: Uint8Array, exchange: FakeExchange): void {
    const place = this.resolve(destination);
    if (!this.link(place.link).up) throw new MctpError('link-down', 'the link is down');
    const device = this.devices.find(
      (each) => each.link === place.link && bytesEqual(each.address, place.address),
    );
    const answer = device?.handle(message, destination.kind === 'eid' ? destination.eid : 0);
    this.transcript.push({
      way: destination.kind === 'eid' ? 'routed' : 'physical',
      eid: destination.kind === 'eid' ? destination.eid : 0,
      to: toHex(place.address),
      request: toHex(message.subarray(1)),
      response: answer === undefined ? undefined : toHex(answer.subarray(1)),
      at: this.clock.now(),
    });
    if (answer === undefined || device === undefined) return;
    const { eid } = device;
    this.clock.setTimer(device.latencyMs, () => exchange.deliver(incoming(place, eid, answer)));
  }

  private resolve(destination: Destination): { readonly link: number; readonly address: Uint8Array } {
    if (destination.kind === 'broadcast') throw new MctpError('not-supported', 'no broadcast here');
    if (destination.kind === 'physical') return destination;
    const hop = this.table.resolve(destination.network, destination.eid);
    if (hop === undefined) throw new MctpError('unreachable', 'no route', { eid: destination.eid });
    if (hop.address === undefined && !this.link(hop.link).pointToPoint) {
      throw new MctpError('unreachable', 'no neighbour', { eid: destination.eid });
    }
    return { link: hop.link, address: hop.address ?? new Uint8Array(0) };
  }

  private link(index: number): NetLink {
    const link = this.linkTable.get(index);
    if (link === undefined) throw new MctpError('unreachable', `no link ${index}`);
    return link;
  }
}

/** As the transcript has it: `route 9 mtu 68`, `route 10-12 via 9 mtu 68`. */
export function routeText(route: Route): string {
  const gateway = route.gateway === undefined ? '' : ` via ${route.gateway}`;
  return `route ${rangeText(route)}${gateway} mtu ${route.mtu}`;
}

function rangeText({ first, extent }: Pick<Route, 'first' | 'extent'>): string {
  return extent === 0 ? `${first}` : `${first}-${first + extent}`;
}

class FakeExchange implements Exchange {
  readonly tag = 0;
  private over = false;
  private readonly inbox: Incoming[] = [];
  private wake: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly again: () => void,
  ) {}

  deliver(message: Incoming): void {
    if (this.over) return;
    this.inbox.push(message);
    this.wake?.();
  }

  receive(timeoutMs: number): Promise<Incoming | undefined> {
    const first = this.inbox.shift();
    if (first !== undefined || this.over) return Promise.resolve(first);
    return new Promise((resolve) => {
      const finish = (): void => {
        this.wake = undefined;
        timer.cancel();
        resolve(this.inbox.shift());
      };
      const timer = this.clock.setTimer(timeoutMs, finish);
      this.wake = finish;
    });
  }

  async resend(): Promise<void> {
    await Promise.resolve();
    this.again();
  }

  get open(): boolean {
    return !this.over;
  }

  interrupt(): void {
    this.wake?.();
  }

  release(): void {
    this.over = true;
    this.wake?.();
  }
}

function incoming(place: { link: number; address: Uint8Array }, eid: number, bytes: Uint8Array): Incoming {
  return {
    network: 1,
    link: place.link,
    source: eid,
    destination: 8,
    physical: place.address,
    localEid: 8,
    tag: 0,
    to: false,
    ic: false,
    type: 0,
    bytes,
  };
}
