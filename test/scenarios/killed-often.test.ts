import { seededRandom, type Random } from '../../src/base/random';
import { nullLog } from '../../src/base/log';
import type { Clock } from '../../src/base/clock';
import { StateFile } from '../../src/daemon/state-file';
import type { StateStorage } from '../../src/files/state-storage';
import { Bench } from '../discovery/bench';
import { FakeDevice } from '../discovery/fake-device';
import { TestClock } from '../support/test-clock';

/**
 * A daemon that is killed at any moment: between a reservation and Set Endpoint ID, between a device that has its EID and
 * us who hear of it, in the middle of a write. Killed means that its clock stands still for ever. The same with real
 * processes and a real disk is in `long/`.
 */

/** Several worlds, because only devices that have no EID yet make a storm. */
const WORLDS = 20;
const KILLS = 10;
const DEVICES = 40;
const FIRST_ADDRESS = 0x20;
/** A storm is over by then. */
const LONGEST_LIFE_MS = 60;

/** What is on it survives, what is being written does not. */
class Disk {
  text: string | undefined;
  damaged = 0;

  /** @param latencyMs of each write, by its own draw */
  mount(clock: Clock, latencyMs: () => number): StateStorage {
    return {
      read: () => Promise.resolve(this.text),
      write: async (_, text) => {
        await clock.sleep(latencyMs());
        this.text = text;
      },
      setAside: (path) => {
        this.damaged++;
        return Promise.resolve(path);
      },
    };
  }
}

function makeDevice(index: number): FakeDevice {
  const uuid = `595a522d-77c5-4628-8400-37bfb41b${(0x7000 + index).toString(16)}`;
  const bridge = index % 10 === 3;
  return new FakeDevice(FIRST_ADDRESS + index, {
    latencyMs: 1 + (index % 7),
    ...(index % 4 === 0 ? {} : { uuid }),
    ...(bridge ? { bridge, poolSize: 3 } : {}),
  });
}

class World {
  readonly disk = new Disk();
  readonly devices = Array.from({ length: DEVICES }, (_, index) => makeDevice(index));
  /** The first EID that a device ever had. */
  readonly had = new Map<FakeDevice, number>();
  readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  draw(limit: number): number {
    return Math.floor(this.random.next() * limit);
  }

  /** A daemon starts, and clients ask it for every device at once, in any order. */
  async start(): Promise<Bench> {
    const unborn = new TestClock();
    const life: { bench?: Bench } = {};
    const now = (): TestClock => life.bench?.clock ?? unborn;
    const clock: Clock = {
      now: () => now().now(),
      wallTime: () => now().wallTime(),
      setTimer: (ms, callback) => now().setTimer(ms, callback),
      sleep: (ms) => now().sleep(ms),
    };
    const storage = this.disk.mount(clock, () => this.draw(6));
    const memory = new StateFile('/state', { storage, clock, log: nullLog });
    await memory.load();
    await memory.own();
    const bench = new Bench(
      { dynamicEids: { ranges: [{ first: 8, last: 254 }], reserved: new Set() } },
      [{}],
      memory,
    );
    life.bench = bench;
    bench.bus.attach(...this.devices);
    bench.engine.startDiscovery();
    for (const device of [...this.devices].sort(() => this.random.next() - 0.5)) {
      // The answer of a call that its daemon does not live to give.
      void bench.engine.setupEndpoint(1, device.address).catch(() => undefined);
    }
    return bench;
  }

  note(): void {
    for (const device of this.devices) {
      if (device.eid !== 0 && !this.had.has(device)) this.had.set(device, device.eid);
    }
  }

  /** Devices keep what they have over the end of a daemon; some lose it, some are off for a while. */
  betweenLives(): void {
    for (const device of this.devices) {
      device.dead = this.draw(10) === 0;
      if (this.draw(20) === 0) device.reset();
    }
  }

  /** EIDs that are not what they were. */
  changed(): string[] {
    return this.devices.flatMap((device) => {
      const before = this.had.get(device) ?? device.eid;
      return device.eid === 0 || device.eid === before ? [] : [`${before} became ${device.eid}`];
    });
  }

  /** EIDs that two devices think are theirs, pools included. */
  shared(): number[] {
    const all = this.devices.flatMap(({ eid, pool }) => [
      ...(eid === 0 ? [] : [eid]),
      ...Array.from({ length: pool?.[0] ?? 0 }, (_, at) => (pool?.[1] ?? 0) + at),
    ]);
    return all.filter((eid, at) => all.indexOf(eid) !== at);
  }
}

async function live(world: World): Promise<Bench> {
  for (let kill = 0; kill < KILLS; kill++) {
    const bench = await world.start();
    await bench.clock.advance(world.random.next() * LONGEST_LIFE_MS);
    expect({ kill, shared: world.shared(), changed: world.changed() }).toEqual({
      kill,
      shared: [],
      changed: [],
    });
    world.note();
    world.betweenLives();
  }
  for (const device of world.devices) device.dead = false;
  const bench = await world.start();
  await bench.clock.advance(40_000);
  return bench;
}

const seeds = Array.from({ length: WORLDS }, (_, index) => 20_260 + index);

test.each(seeds)(
  `D-8 R-DISC-24 R-CONS-23 killed at ${KILLS} moments, every device has the EID it had, and no two share one (%i)`,
  async (seed) => {
    const world = new World(seed);
    const bench = await live(world);
    world.note();
    expect({ shared: world.shared(), changed: world.changed() }).toEqual({ shared: [], changed: [] });
    expect(bench.eids()).toEqual([...world.had.values()].sort((a, b) => a - b));
    expect(bench.eids()).toHaveLength(DEVICES);
    const published = new Map(bench.remote().map(({ eid, pool }) => [eid, pool]));
    for (const [{ pool }, eid] of world.had) {
      const expected = pool === undefined ? undefined : { start: pool[1], end: pool[1] + pool[0] - 1 };
      expect(published.get(eid)).toEqual(expected);
    }
    expect(world.disk.damaged).toBe(0);
    await bench.stop();
  },
);
