import { Alarm, systemClock } from '../../src/base/clock';
import { TestClock } from '../support/test-clock';

function alarmed(): { clock: TestClock; alarm: Alarm; rings: number[] } {
  const clock = new TestClock();
  const rings: number[] = [];
  return { clock, alarm: new Alarm(clock, (now) => rings.push(now)), rings };
}

describe('alarm', () => {
  test('rings once, at the earliest deadline asked for', async () => {
    const { clock, alarm, rings } = alarmed();
    for (const deadline of [300, 100, 200, Infinity]) alarm.wakeAt(deadline);
    expect(clock.timers).toBe(1);
    await clock.advance(1000);
    expect(rings).toEqual([100]);
  });

  test('can be armed again from inside its ring, and for a time that has passed', async () => {
    const clock = new TestClock();
    const rings: number[] = [];
    const alarm: Alarm = new Alarm(clock, (now) => {
      rings.push(now);
      if (rings.length < 3) alarm.wakeAt(now + 50);
    });
    await clock.advance(10);
    alarm.wakeAt(5);
    await clock.advance(1000);
    expect(rings).toEqual([10, 60, 110]);
  });

  test('cancelled it leaves no timer, and can be armed again', async () => {
    const { clock, alarm, rings } = alarmed();
    alarm.wakeAt(100);
    alarm.cancel();
    expect(clock.timers).toBe(0);
    alarm.wakeAt(200);
    await clock.advance(1000);
    expect(rings).toEqual([200]);
  });
});

describe('system clock', () => {
  test('a cancelled timer does not run, and one beyond the longest delay does not run at once', async () => {
    const ran: string[] = [];
    systemClock.setTimer(0, () => ran.push('cancelled')).cancel();
    const far = systemClock.setTimer(2 ** 40, () => ran.push('far'));
    systemClock.setTimer(-5, () => ran.push('now'));
    await systemClock.sleep(5);
    far.cancel();
    far.cancel();
    expect(ran).toEqual(['now']);
  });
});
