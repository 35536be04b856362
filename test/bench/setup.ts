import { PrivateBus } from '../support/private-bus';
import type { HostOptions } from './daemon-host';
import { pause } from './deadline';
import type { BenchFigure } from './figure';
import { Helper } from './helper';
import type { SetupTimes } from './setup-client';
import { median, quantile, round } from './statistics';

const DEVICES = 100;
const DEAD = 10;
const LATENCY_MS = 5;
/** The requests on the air at once that the link allows, and what setting up one device takes. */
const WINDOW = 16;
const EXCHANGES = 4;
const RUNS = 5;
const RUNS_WITH_GETS = 3;

const addresses = Array.from({ length: DEVICES }, (_, i) => 0x20 + i);
/** First in the order of the calls: there they keep most live ones waiting. */
const dead = addresses.slice(0, DEAD);

interface Run {
  readonly times: SetupTimes;
  readonly longestBlockMs: number;
  readonly gets: readonly number[];
  readonly quietGets: readonly number[];
}

/** SetupEndpoint for many devices at once over a real bus: daemon, client and bus each in a process of its own. */
export async function benchSetup(): Promise<BenchFigure[]> {
  const allLive = await runs(RUNS, { dead: [], gets: false });
  const someDead = await runs(RUNS_WITH_GETS, { dead, gets: false });
  const busy = await runs(RUNS_WITH_GETS, { dead: [], gets: true });
  const busyWithDead = await runs(RUNS_WITH_GETS, { dead, gets: true });
  const floor = round(await bareTimers());
  const quiet = busy.flatMap((run) => run.quietGets);
  const name = `SetupEndpoint for ${DEVICES} devices of ${LATENCY_MS} ms at once`;
  const withDead = `${name}, ${DEAD} of them dead`;
  const ms = (values: readonly number[]) => ({ value: round(median(values)), unit: 'ms' });
  const get = (of: readonly Run[]) => ({
    value: round(
      quantile(
        of.flatMap((run) => run.gets),
        0.99,
      ),
      2,
    ),
    unit: 'ms',
    baseline: round(quantile(quiet, 0.99), 2),
    goal: '<= 10',
  });
  return [
    {
      name: `${name}: last one published`,
      ...ms(allLive.map(({ times }) => times.lastPublishedMs)),
      baseline: floor,
      goal: '<= 400',
    },
    {
      name: `${name}: longest block of the event loop`,
      ...ms(allLive.map(({ longestBlockMs }) => longestBlockMs)),
    },
    {
      name: `${withDead}: last live one published`,
      ...ms(someDead.map(({ times }) => times.lastPublishedMs)),
      baseline: floor,
      goal: '<= 450',
    },
    {
      name: `${withDead}: all calls answered`,
      ...ms(someDead.map(({ times }) => times.lastAnsweredMs)),
      goal: '<= 1300',
    },
    { name: `Properties.Get while ${DEVICES} devices are set up, p99`, ...get(busy) },
    {
      name: `Properties.Get the same with ${DEAD} dead, until all calls are answered, p99`,
      ...get(busyWithDead),
    },
  ];
}

async function runs(count: number, what: { dead: readonly number[]; gets: boolean }): Promise<Run[]> {
  const all: Run[] = [];
  for (let i = 0; i < count; i++) all.push(await run(what.dead, what.gets));
  return all;
}

/** Everything anew each time: a daemon that has just started is what a machine that boots has. */
async function run(deadOnes: readonly number[], withGets: boolean): Promise<Run> {
  await using bus = await PrivateBus.start();
  const busAddress = bus.socketAddress;
  await using host = Helper.start('daemon-host');
  await using client = Helper.start('setup-client');
  await using getter = withGets ? Helper.start('get-client') : undefined;
  const options: HostOptions = { busAddress, latencyMs: LATENCY_MS, addresses, dead: deadOnes };
  await host.call('start', options);
  await Promise.all([client.call('connect', { busAddress }), getter?.call('connect', { busAddress })]);
  await pause(100);
  await getter?.call('begin');
  await host.call('watchLoop');
  const times = (await client.call('setup', { addresses })) as SetupTimes;
  const longestBlockMs = (await host.call('longestBlockMs')) as number;
  const gets = ((await getter?.call('end')) ?? []) as readonly number[];
  check(times, deadOnes.length);
  await getter?.call('begin');
  if (withGets) await pause(400);
  const quietGets = ((await getter?.call('end')) ?? []) as readonly number[];
  return { times, longestBlockMs, gets, quietGets };
}

function check({ published, failed }: SetupTimes, expectedFailures: number): void {
  if (failed === expectedFailures && published === DEVICES - expectedFailures) return;
  throw new Error(
    `${published} published and ${failed} failed of ${DEVICES}, ${expectedFailures} of them dead`,
  );
}

/** Nothing but the waiting: as many timers in a row as the window lets requests go out behind one another. */
async function bareTimers(): Promise<number> {
  const began = performance.now();
  const rounds = Math.ceil((DEVICES * EXCHANGES) / WINDOW);
  const place = async (): Promise<void> => {
    for (let i = 0; i < rounds; i++) await pause(LATENCY_MS);
  };
  await Promise.all(Array.from({ length: WINDOW }, place));
  return performance.now() - began;
}
