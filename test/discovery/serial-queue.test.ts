import { SerialQueue } from '../../src/discovery/serial-queue';
import { TestClock } from '../support/test-clock';

describe('SerialQueue', () => {
  const make = () => {
    const clock = new TestClock();
    const queue = new SerialQueue();
    const log: string[] = [];
    const task = (name: string, ms: number) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await clock.sleep(ms);
      log.push(`${name} ends`);
      return name;
    };
    return { clock, queue, log, task };
  };

  test('R-DISC-6 one key in arrival order, other keys at once', async () => {
    const { clock, queue, log, task } = make();
    const all = [
      queue.run(['a'], task('a1', 10)),
      queue.run(['a'], task('a2', 1)),
      queue.run(['b'], task('b1', 5)),
    ];
    expect(await clock.settle(Promise.all(all))).toEqual(['a1', 'a2', 'b1']);
    expect(log).toEqual(['a1 begins', 'b1 begins', 'b1 ends', 'a1 ends', 'a2 begins', 'a2 ends']);
    expect(queue.busy).toBe(0);
  });

  test('R-DISC-6 several keys: behind all of them, and nobody waits in a circle', async () => {
    const { clock, queue, log, task } = make();
    const all = [
      queue.run(['a', 'b'], task('ab', 10)),
      queue.run(['b', 'a'], task('ba', 10)),
      queue.run(['b'], task('b', 1)),
    ];
    await clock.settle(Promise.all(all));
    expect(log.filter((each) => each.endsWith('begins'))).toEqual(['ab begins', 'ba begins', 'b begins']);
    expect(clock.now()).toBe(21);
  });

  test('a failure is its own, the next one runs', async () => {
    const { clock, queue, task } = make();
    const failing = queue.run(['a'], () => Promise.reject(new Error('no')));
    const next = queue.run(['a'], task('a', 1));
    await expect(failing).rejects.toThrow('no');
    expect(await clock.settle(next)).toBe('a');
    expect(queue.busy).toBe(0);
  });
});
