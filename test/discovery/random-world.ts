import type { Log, LogFields } from '../../src/base/log';
import { MessageType } from '../../src/base/ids';
import { ControlRequester } from '../../src/control/requester';
import { Responder } from '../../src/control/responder';
import { TypeTable } from '../../src/control/type-table';
import type { NetLink } from '../../src/core/net';
import { Engine } from '../../src/discovery/engine';
import type { Endpoint } from '../../src/discovery/endpoint';
import { Registry, type RegistryEvent } from '../../src/discovery/registry';
import { TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';
import { OWN_UUID } from './bench';
import { FakeBus } from './fake-bus';
import { FakeDevice } from './fake-device';
import { FakeMemory } from './memory/fake-memory';

/** Physical addresses by link; the first two of link 1 are bridges, the last one is configured. */
const PLACES: Readonly<Record<number, readonly number[]>> = { 1: [1, 2, 3, 4, 5], 3: [6, 7] };
/** Behind whatever bridge has the EID in its pool. */
const DOWNSTREAM = [9, 10, 11, 12, 13, 14, 21, 22, 23, 41, 42];
/** On link 2, which somebody else owns. */
export const OWNERS = [
  { eid: 30, address: 0x1d },
  { eid: 31, address: 0x20 },
] as const;

const LINKS: readonly Partial<NetLink>[] = [
  { name: 'owned', localEids: [8] },
  { name: 'upstream', localEids: [] },
  { name: 'supplied', localEids: [] },
];

/**
 * Three links: one of ours, one that somebody else owns and may give us a pool on, and one that is supplied from there;
 * with devices, and a daemon that can be started anew with what it remembers. Notes whatever must never happen.
 */
export class RandomWorld {
  readonly clock = new TestClock();
  readonly bus = new FakeBus(this.clock);
  readonly memory = new FakeMemory();
  readonly devices: readonly FakeDevice[];
  /** What must not happen and did. */
  readonly defects: string[] = [];
  registry = new Registry();
  engine: Engine;
  private requester: ControlRequester;
  private responder: Responder;
  private readonly published = new Set<string>();

  /** @param tempo how long changes of addresses and routes take, in milliseconds, one after the other */
  constructor(routesFollow: boolean, tempo: readonly number[]) {
    this.bus.routesFollow = routesFollow;
    let calls = 0;
    this.bus.pause = () => {
      const ms = tempo[calls++ % tempo.length] ?? 0;
      return ms === 0 ? Promise.resolve() : this.clock.sleep(ms);
    };
    this.devices = Object.entries(PLACES).flatMap(([link, addresses]) =>
      addresses.map((address) => new FakeDevice(address, { link: Number(link), ...kindOf(address) })),
    );
    this.bus.attach(...this.devices, ...OWNERS.map(ownerDevice));
    LINKS.forEach((link, at) => this.bus.addLink({ index: at + 1, ...link }));
    [this.engine, this.requester, this.responder] = this.run();
  }

  link(index: number): NetLink | undefined {
    return this.bus.links().find((each) => each.index === index);
  }

  /** Takes a link away with its routes, or brings it back as it is configured. */
  toggle(index: number): void {
    if (this.link(index) !== undefined) this.bus.removeLink(index);
    else this.bus.addLink({ index, ...LINKS[index - 1] });
  }

  /** Published devices, ours left out. */
  remote(): readonly Endpoint[] {
    return this.registry.endpoints().filter((endpoint) => !endpoint.local);
  }

  /** A control request arrives: hex without the type byte. Nothing comes on a link that is not there. */
  tell(text: string, from: { readonly eid: number; readonly address: number }, link: number): void {
    const known = this.link(link);
    if (known === undefined) return;
    const { network, localEids } = known;
    this.bus.deliver({
      ...{ network, link, source: from.eid, destination: 0, physical: Uint8Array.of(from.address) },
      ...{ localEid: localEids[0] ?? 0, tag: 1, to: true, ic: false, type: MessageType.control },
      bytes: hex(`00 ${text}`),
    });
  }

  /** The process ends, with its routes and addresses, and starts again with what it remembers. */
  async restart(): Promise<void> {
    await this.stop();
    const links = this.bus.links();
    for (const { index } of links) this.bus.removeLink(index);
    for (const route of [1, 2].flatMap((network) => this.bus.routes(network)))
      await this.clock.settle(this.bus.removeRoute(route));
    for (const { index, name, network, up } of links) {
      this.bus.addLink({ index, ...LINKS[index - 1], name, network, up });
    }
    this.published.clear();
    this.registry = new Registry();
    [this.engine, this.requester, this.responder] = this.run();
  }

  /** Once the exchanges under way have ended, nothing may be left ticking, and nothing may be published any more. */
  async stop(): Promise<void> {
    this.engine.stop();
    this.responder.close();
    await this.clock.advance(20_000);
    this.requester.close();
    if (this.clock.timers > 0) this.defects.push(`${this.clock.timers} timers left after stop`);
  }

  private run(): [Engine, ControlRequester, Responder] {
    const { bus: net, clock, memory, registry } = this;
    const requester = new ControlRequester({ net, clock });
    registry.events.on((event) => this.watch(event));
    const engine = new Engine({
      ...{ net, clock, memory, registry, requester, log: this.log() },
      settings: {
        dynamicEids: { ranges: [{ first: 8, last: 14 }], reserved: new Set() },
        maxPoolSize: 15,
        endpointPollMs: 2500,
        ownUuid: OWN_UUID,
        role: ({ index }) => (index === 2 ? 'Endpoint' : 'BusOwner'),
        discover: ({ index }) =>
          index === 1
            ? { mode: 'static', endpoints: [{ address: Uint8Array.of(5) }] }
            : { mode: 'off', endpoints: [] },
        bridging: ({ index }) => ({
          poolRequest: index === 2 ? 4 : 0,
          ...(index === 3 && { upstream: this.link(2)?.name ?? 'upstream' }),
        }),
      },
    });
    const responder = new Responder({ net, host: engine.host, types: new TypeTable() });
    engine.start();
    engine.startDiscovery();
    return [engine, requester, responder];
  }

  /** Each object comes before it changes or goes, goes before it comes again, and comes complete. */
  private watch(event: RegistryEvent): void {
    if (!('endpoint' in event)) return;
    const { network, eid, types } = event.endpoint;
    const name = `${network}/${eid}`;
    const isThere = this.published.has(name);
    if (isThere === (event.kind === 'endpoint-added'))
      this.defects.push(`${event.kind} ${name} out of order`);
    if (types.length === 0) this.defects.push(`${name} without message types`);
    if (event.kind === 'endpoint-added') this.published.add(name);
    if (event.kind === 'endpoint-removed') this.published.delete(name);
  }

  /** A line of level error is a defect of ours, whatever devices do. */
  private log(): Log {
    const ignore = (): void => undefined;
    const error = (message: string, fields?: LogFields): void => {
      this.defects.push(`${message}: ${JSON.stringify(fields)}`);
    };
    return { error, warn: ignore, info: ignore, debug: ignore };
  }
}

function kindOf(address: number): { latencyMs: number; bridge?: boolean; poolSize?: number; uuid?: string } {
  // Those without a UUID can be exchanged unnoticed.
  const uuid =
    address % 2 === 0
      ? {}
      : { uuid: `595a522d-77c5-4628-8400-37bfb41b71${address.toString(16).padStart(2, '0')}` };
  return { latencyMs: address, ...uuid, ...(address <= 2 && { bridge: true, poolSize: 2 }) };
}

function ownerDevice({ eid, address }: { readonly eid: number; readonly address: number }): FakeDevice {
  return new FakeDevice(address, { link: 2, eid, bridge: true });
}

/** Gives the bridges somebody behind them, whatever their pools are. */
export function populate(world: RandomWorld): void {
  for (const each of world.devices.slice(0, 2)) {
    each.downstream.push(...DOWNSTREAM.map((eid) => new FakeDevice(0, { eid })));
  }
}
