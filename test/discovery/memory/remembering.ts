import type { NetLink } from '../../../src/core/net';
import type { EngineSettings } from '../../../src/discovery/settings';
import type { Remembered } from '../../../src/discovery/snapshot';
import { Bench } from '../bench';
import { FakeMemory } from './fake-memory';

/** A device at an address of link 1 that had an EID when the daemon last ran. */
export function had(eid: number, address: number, more: Partial<Remembered> = {}): Remembered {
  return { network: 1, eid, link: 'mctp1', address: address.toString(16), ...more };
}

/** A daemon that starts with devices remembered; automatic discovery has not begun. */
export class Restart {
  readonly memory: FakeMemory;
  readonly bench: Bench;

  constructor(
    remembered: readonly Remembered[],
    around: {
      readonly settings?: Partial<EngineSettings>;
      readonly links?: readonly Partial<NetLink>[];
    } = {},
  ) {
    this.memory = new FakeMemory(remembered);
    this.bench = new Bench(around.settings, around.links, this.memory);
  }

  async discover(ms = 100): Promise<void> {
    this.bench.engine.startDiscovery();
    await this.bench.clock.advance(ms);
  }

  /** Command codes as they were sent. */
  commands(): string[] {
    return this.bench.bus.commands().map((each) => each.slice(0, 2));
  }

  /** EIDs of Set Endpoint ID requests, hex. */
  sets(): string[] {
    return this.bench.bus.exchanges().flatMap(({ request }) => /^..0100(..)$/.exec(request)?.[1] ?? []);
  }

  stop(): Promise<void> {
    return this.bench.stop();
  }
}
