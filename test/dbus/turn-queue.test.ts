import { TurnQueue } from '../../src/dbus/turn-queue';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('R-CONS-8 the first task starts at once, the others one a turn, in order', async () => {
  const queue = new TurnQueue();
  const started: number[] = [];
  for (const task of [1, 2, 3]) queue.run(() => started.push(task));
  expect(started).toEqual([1]);
  await turn();
  expect(started).toEqual([1, 2]);
  await turn();
  expect(started).toEqual([1, 2, 3]);
  await turn();
  queue.run(() => started.push(4));
  expect(started).toEqual([1, 2, 3, 4]);
});

test('a task that throws does not stop the ones behind it', async () => {
  const queue = new TurnQueue();
  const started: number[] = [];
  expect(() =>
    queue.run(() => {
      throw new Error('defect');
    }),
  ).toThrow('defect');
  queue.run(() => started.push(2));
  await turn();
  expect(started).toEqual([2]);
});
