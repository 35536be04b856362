import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DirectClient } from '../../src/client/direct-client';
import { Stack } from '../../src/client/stack';
import { idle } from '../support/test-clock';
import { ClientBench, failure } from './bench';

/** The collector of this process, on demand. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc !== 'function') throw new Error('this Node has no gc');
  return gc as () => void;
}

const collect = collector();

async function collected(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50 && !condition(); turn++) {
    collect();
    await idle();
  }
}

/** Nothing of this frame outlives it. */
async function makeAndForget(stack: Stack, type: number, pending: Promise<string>[]): Promise<void> {
  const listener = await stack.listener(type, 0);
  pending.push(failure(listener.recv()));
}

test.each([false, true])(
  'R-API-41 a channel that is collected unclosed is dropped and warned of, its recv notwithstanding; debug %p',
  async (debug) => {
    const bench = await ClientBench.start();
    const warnings: string[] = [];
    const client = new DirectClient(bench.service);
    const dropped = jest.spyOn(client, 'dropHandle');
    const stack = new Stack(client, { debug, log: { warn: (text) => warnings.push(text) } });
    const kept = await stack.listener(2, 0);
    await (await stack.listener(3, 0)).close();
    const pending: Promise<string>[] = [];
    await makeAndForget(stack, 1, pending);
    await collected(() => dropped.mock.calls.length > 1);
    expect(await Promise.all(pending)).toEqual(['BadArgument']);
    expect(dropped).toHaveBeenCalledTimes(2);
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain('an MCTP channel was never closed');
    expect(warnings[0]?.includes('makeAndForget')).toBe(debug);
    await kept.close();
    await stack.close();
    await bench.close();
  },
);
