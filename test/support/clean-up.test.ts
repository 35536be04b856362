import { CleanUp } from './clean-up';

/** Tells when it goes. */
class Resource implements Disposable {
  constructor(
    private readonly name: string,
    private readonly gone: string[],
  ) {}

  [Symbol.dispose](): void {
    this.gone.push(this.name);
    if (this.name === 'stuck') throw new Error('it is stuck');
  }
}

test('what a set-up that fails has brought up goes, the newest first', async () => {
  const gone: string[] = [];
  const setUp = async (): Promise<void> => {
    await using cleanUp = new CleanUp();
    cleanUp.use(new Resource('line', gone));
    cleanUp.defer(() => Promise.resolve().then(() => void gone.push('devices')));
    throw new Error('no kernel');
  };
  await expect(setUp()).rejects.toThrow('no kernel');
  expect(gone).toEqual(['devices', 'line']);
});

test('what has a new owner goes with him, and once', async () => {
  const gone: string[] = [];
  const owners: CleanUp[] = [];
  {
    await using cleanUp = new CleanUp();
    cleanUp.use(new Resource('line', gone));
    owners.push(cleanUp.move());
  }
  expect(gone).toEqual([]);
  for (const owner of [...owners, ...owners]) await owner[Symbol.asyncDispose]();
  expect(gone).toEqual(['line']);
});

test('a step that fails keeps nothing else from going, and is told', async () => {
  const gone: string[] = [];
  const cleanUp = new CleanUp();
  for (const name of ['line', 'stuck', 'devices']) cleanUp.use(new Resource(name, gone));
  await expect(cleanUp[Symbol.asyncDispose]()).rejects.toThrow('it is stuck');
  expect(gone).toEqual(['devices', 'stuck', 'line']);
});
