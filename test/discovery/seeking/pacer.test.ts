import type { Timer } from '../../../src/base/clock';
import { Pacer } from '../../../src/discovery/seeking/pacer';
import { TestClock } from '../../support/test-clock';

/** Tells turns apart: what rang since the last timer of the clock underneath. */
class TurnClock extends TestClock {
  readonly turns: number[][] = [];

  override setTimer(ms: number, callback: () => void): Timer {
    return super.setTimer(ms, () => {
      this.turns.push([]);
      callback();
    });
  }
}

function setUp(count: number): { clock: TurnClock; timers: Timer[]; rung: () => number[][] } {
  const clock = new TurnClock();
  const pacer = new Pacer(clock);
  const ring = (at: number) => () => clock.turns.at(-1)?.push(at);
  const timers = Array.from({ length: count }, (_, at) => pacer.setTimer(10, ring(at)));
  return { clock, timers, rung: () => clock.turns.filter((turn) => turn.length > 0) };
}

test('R-DISC-6 timers that are due at once ring in order, sixteen in a turn', async () => {
  const { clock, rung } = setUp(40);
  await clock.advance(9);
  expect(rung()).toEqual([]);
  await clock.advance(1);
  expect(rung().map((turn) => turn.length)).toEqual([16, 16, 8]);
  expect(rung().flat()).toEqual(Array.from({ length: 40 }, (_, at) => at));
  expect(clock.timers).toBe(0);
});

test('a timer that is cancelled before its turn does not ring, and nothing is left of the last one', async () => {
  const { clock, timers, rung } = setUp(20);
  timers[3]?.cancel();
  const cancelled = clock.setTimer(10, () => {
    for (const timer of timers.slice(16)) timer.cancel();
  });
  await clock.advance(10);
  cancelled.cancel();
  expect(rung().flat()).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  expect(clock.timers).toBe(0);
});

test('what is due at once takes one timer of the clock, however many there are', () => {
  const clock = new TestClock();
  const pacer = new Pacer(clock);
  for (let at = 0; at < 100; at++) pacer.setTimer(0, () => undefined);
  expect(clock.timers).toBe(1);
});
