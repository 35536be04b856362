import { Deadline } from '../../src/client/deadline';
import { Mailbox } from '../../src/client/mailbox';
import { TestClock } from '../support/test-clock';
import { failure } from './bench';

/** setTimeout: what is longer than this rings after 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

class NodeClock extends TestClock {
  override setTimer(ms: number, callback: () => void): ReturnType<TestClock['setTimer']> {
    return super.setTimer(ms > LONGEST_MS ? 1 : ms, callback);
  }
}

test('R-API-30 the longest wait is made of waits that a timer can do', async () => {
  const clock = new NodeClock();
  let rung = 0;
  new Deadline(clock, 4294967295, () => rung++);
  await clock.advance(4294967294);
  expect(rung).toBe(0);
  await clock.advance(1);
  expect(rung).toBe(1);
  expect(clock.timers).toBe(0);
});

test('a deadline that was cancelled never rings, not even while it is about to', async () => {
  const clock = new TestClock();
  let rung = 0;
  const first = new Deadline(clock, 10, () => rung++);
  clock.setTimer(10, () => first.cancel());
  new Deadline(clock, 20, () => rung++).cancel();
  await clock.advance(30);
  expect(rung).toBe(0);
  expect(clock.timers).toBe(0);
});

test('R-API-32 a message that comes in the turn of its deadline wins', async () => {
  const clock = new TestClock();
  const mailbox = new Mailbox<string>({ clock, limit: 1 });
  const received = mailbox.receive(100, undefined);
  // Later in the same turn than the timer of the deadline.
  clock.setTimer(100, () => mailbox.put('just in time'));
  await clock.advance(100);
  expect(await received).toBe('just in time');
  const late = failure(mailbox.receive(100, undefined));
  clock.setTimer(101, () => mailbox.put('too late'));
  await clock.advance(101);
  expect(await late).toBe('TimedOut');
  expect(clock.timers).toBe(0);
});
