import { MctpError, type ErrorCode } from '../../src/base/errors';
import type { Log, LogFields } from '../../src/base/log';
import { ControlRequester } from '../../src/control/requester';
import type { NetLink } from '../../src/core/net';
import { Engine } from '../../src/discovery/engine';
import type { Endpoint } from '../../src/discovery/endpoint';
import { noMemory, type Memory } from '../../src/discovery/memory/memory';
import { Registry, type RegistryEvent } from '../../src/discovery/registry';
import type { EngineSettings } from '../../src/discovery/settings';
import { TestClock } from '../support/test-clock';
import { FakeBus, routeText } from './fake-bus';
import { FakeDevice, type DeviceOptions } from './fake-device';

export const OWN_UUID = '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7';
export const UUID = '595a522d-77c5-4628-8400-37bfb41b710d';

/** Everything a discovery test needs: a clock, a bus with scripted devices, an engine, and what it said. */
export class Bench {
  readonly clock = new TestClock();
  readonly bus = new FakeBus(this.clock);
  readonly registry = new Registry();
  readonly events: string[] = [];
  readonly logged: { readonly level: string; readonly message: string; readonly fields?: LogFields }[] = [];
  readonly requester = new ControlRequester({ net: this.bus, clock: this.clock });
  readonly engine: Engine;

  constructor(
    settings: Partial<EngineSettings> = {},
    links: readonly Partial<NetLink>[] = [{}],
    memory: Memory = noMemory,
  ) {
    links.forEach((link, at) => this.bus.addLink({ index: at + 1, ...link }));
    this.registry.events.on((event) => this.events.push(eventText(event)));
    this.engine = new Engine({
      net: this.bus,
      clock: this.clock,
      log: this.log(),
      requester: this.requester,
      registry: this.registry,
      memory,
      settings: {
        dynamicEids: { ranges: [{ first: 8, last: 254 }], reserved: new Set() },
        maxPoolSize: 15,
        endpointPollMs: 0,
        ownUuid: OWN_UUID,
        role: () => 'BusOwner',
        discover: () => ({ mode: 'off', endpoints: [] }),
        ...settings,
      },
    });
    this.engine.start();
    this.events.length = 0;
  }

  device(address: number | 'p2p', options?: DeviceOptions): FakeDevice {
    const device = new FakeDevice(address, options);
    this.bus.attach(device);
    return device;
  }

  /** SetupEndpoint on link 1, run to its end. */
  setup(address: number) {
    return this.clock.settle(this.engine.setupEndpoint(1, Uint8Array.of(address)));
  }

  /** Runs an operation that must fail, and gives its error. */
  async failure(operation: Promise<unknown>, code?: ErrorCode): Promise<MctpError> {
    const error = await this.clock.settle(
      operation.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    if (!(error instanceof MctpError)) throw new Error(`expected an MctpError, got ${String(error)}`);
    if (code !== undefined && error.code !== code)
      throw new Error(`expected ${code}, got ${error.code}: ${error.message}`);
    return error;
  }

  /** Published devices, ours left out. */
  remote(): readonly Endpoint[] {
    return this.registry.endpoints().filter((endpoint) => !endpoint.local);
  }

  eids(): number[] {
    return this.remote()
      .map((endpoint) => endpoint.eid)
      .sort((a, b) => a - b);
  }

  /** What the tables of the bus hold: `9 -> 1d`, `route 9 mtu 68`, `route 10-12 via 9 mtu 68`. */
  paths(network = 1): string[] {
    return [
      ...this.bus
        .neighbours(network)
        .map((each) => `${each.eid} -> ${Buffer.from(each.address).toString('hex')}`),
      ...this.bus.routes(network).map(routeText),
    ].sort();
  }

  warnings(): string[] {
    return this.logged.filter((each) => each.level === 'warn').map((each) => each.message);
  }

  /** Ends the engine; once the exchanges under way have ended, nothing may be left ticking. */
  async stop(): Promise<void> {
    this.engine.stop();
    await this.clock.advance(10_000);
    this.requester.close();
    if (this.clock.timers > 0) throw new Error(`${this.clock.timers} timers left after stop`);
  }

  private log(): Log {
    const at = (level: string) => (message: string, fields?: LogFields) => {
      this.logged.push({ level, message, ...(fields === undefined ? {} : { fields }) });
    };
    return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
  }
}

function eventText(event: RegistryEvent): string {
  switch (event.kind) {
    case 'network-added':
    case 'network-removed':
      return `${event.kind} ${event.network}`;
    case 'link-added':
    case 'link-removed':
    case 'link-changed':
      return `${event.kind} ${event.link.link.name}`;
    default:
      return `${event.kind} ${event.endpoint.network}/${event.endpoint.eid}`;
  }
}
