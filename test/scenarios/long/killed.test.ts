import { readdirSync, readFileSync } from 'node:fs';
import { endpointPath, Iface } from '../../../src/base/bus-names';
import { systemClock } from '../../../src/base/clock';
import { seededRandom } from '../../../src/base/random';
import { LoopbackBuses } from '../../../src/bindings/loopback';
import type { RunningBus } from '../../../src/sim/simulation';
import { BusClient } from '../../support/bus-client';
import { DaemonProcess, linkTable } from '../../support/daemon';
import { expectNothingLeft } from '../../support/leftovers';
import { PrivateBus } from '../../support/private-bus';
import { Simulated } from '../../support/simulated';
import { TempFolder } from '../../support/temp-folder';
import { eventually } from '../../support/within';

/**
 * The program, killed with SIGKILL in the middle of finding its devices, over and over; its devices and its disk are
 * real in so far as they do not end with it. `scenarios/killed-often.test.ts` does the same in virtual time.
 */

const KILLS = 200;
const DEVICES = 24;
const FIRST_ADDRESS = 0x20;
/** A start that finds everybody as they were is over by then, and one that sets everybody up is not. */
const LONGEST_STORM_MS = 150;
/** Devices forget everything now and then, all of them together every so often: then there is a storm again. */
const ALL_RESET_EVERY = 8;
const LIMIT_MS = 600_000;
const BUS = 'bus0';
const UUID = '595a522d-77c5-4628-8400-37bfb41b7000';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

class Field implements AsyncDisposable {
  private readonly random = seededRandom(200);
  private readonly loopback = new LoopbackBuses();
  private readonly running: Simulated[] = [];
  private readonly devices: RunningBus['devices'][number][] = [];
  /** The first EID each device ever had. */
  readonly had: number[] = [];

  static async start(): Promise<Field> {
    const field = new Field();
    const device = Array.from({ length: DEVICES }, (_, index) => field.profile(index));
    const all = await Simulated.start([{ name: BUS, kind: 'sim', device }], { loopback: field.loopback });
    field.running.push(all);
    field.devices.push(...all.bus(BUS).devices);
    return field;
  }

  get configuration(): string {
    const socket = this.running[0]?.bus(BUS).reach ?? '';
    const addresses = this.devices.map(
      (_, index) => `[[link.endpoint]]\naddress = [${FIRST_ADDRESS + index}]\n`,
    );
    return [linkTable(BUS, { binding: 'sim', socket }), ...addresses].join('');
  }

  storm(): Promise<void> {
    return systemClock.sleep(this.random.next() * LONGEST_STORM_MS);
  }

  /** Some are reset, by being taken out and put back in. */
  async betweenLives(life: number): Promise<void> {
    this.note();
    for (let index = 0; index < DEVICES; index++) {
      if (this.random.next() < (life % ALL_RESET_EVERY === 0 ? 1 : 0.05)) await this.reset(index);
    }
  }

  note(): void {
    this.eids().forEach((eid, index) => {
      if (eid !== 0) this.had[index] ??= eid;
    });
  }

  eids(): number[] {
    return this.devices.map(({ eid }) => eid);
  }

  /** What must never be: `9 became 10`, `two have 9`. */
  complaints(): string[] {
    const eids = this.eids();
    return eids.flatMap((eid, index) => {
      const before = this.had[index] ?? eid;
      const changed = eid !== 0 && eid !== before ? [`${before} became ${eid}`] : [];
      const shared = eid !== 0 && eids.indexOf(eid) !== index ? [`two have ${eid}`] : [];
      return [...changed, ...shared];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.running) await each[Symbol.asyncDispose]();
  }

  private async reset(index: number): Promise<void> {
    await this.devices[index]?.close();
    const one = await Simulated.start([{ name: BUS, kind: 'loopback', device: [this.profile(index)] }], {
      loopback: this.loopback,
    });
    this.running.push(one);
    this.devices.splice(index, 1, ...one.bus(BUS).devices);
  }

  private profile(index: number): object {
    const uuid = UUID.slice(0, -2) + index.toString(16).padStart(2, '0');
    return { address: FIRST_ADDRESS + index, uuid, latency_ms: 1 + (index % 5) };
  }
}

/** As a whole or not there; a temporary file beside it is none of its business. */
function checkFile(folder: TempFolder): void {
  const names = readdirSync(folder.path).filter((name) => name !== 'state.json.tmp');
  expect(names.filter((name) => name !== 'state.json')).toEqual([]);
  if (names.length === 0) return;
  expect(JSON.parse(readFileSync(folder.join('state.json'), 'utf8'))).toMatchObject({ version: 1 });
}

test(
  `D-8 R-DISC-24 R-CONS-23 after ${KILLS} times SIGKILL every device has the EID it had, and no two share one`,
  async () => {
    using folder = new TempFolder();
    await using field = await Field.start();
    const start = () => DaemonProcess.start(bus, field.configuration, ['--state-dir', folder.path]);
    for (let life = 1; life <= KILLS; life++) {
      await using daemon = await start();
      await field.storm();
      expect(await daemon.program.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
      checkFile(folder);
      expect({ life, complaints: field.complaints() }).toEqual({ life, complaints: [] });
      await field.betweenLives(life);
    }
    await using daemon = await start();
    await using client = await BusClient.connect(bus);
    await eventually('all of them', async () => (await client.eids()).length === DEVICES + 1);
    field.note();
    expect(field.complaints()).toEqual([]);
    expect(await client.eids()).toEqual([8, ...field.had].sort((a, b) => a - b));
    for (const [index, eid] of field.had.entries()) {
      const uuid = await client.get(endpointPath(1, eid), Iface.uuid, 'UUID');
      expect(uuid).toBe(UUID.slice(0, -2) + index.toString(16).padStart(2, '0'));
    }
    expect(daemon.program.stderr).not.toContain('state file');
    expect(await daemon.program.stop()).toMatchObject({ status: 0 });
  },
  LIMIT_MS,
);
