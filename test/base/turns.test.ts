import { Turns } from '../../src/base/turns';

test('work runs in the order it was asked for, one piece at a time, whatever became of the one before', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const work =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const first = turns.run(work('a', true));
  const second = turns.run(work('b'));
  expect(turns.busy).toBe(true);
  await expect(first).rejects.toThrow('a');
  await expect(second).resolves.toBe('b');
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  expect(turns.busy).toBe(false);
});
