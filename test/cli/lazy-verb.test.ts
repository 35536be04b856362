import { run } from '../../src/cli/verbs/program';
import type { LazyVerb } from '../../src/cli/verbs/context';
import { CliHarness } from './harness';

describe('a lazy verb', () => {
  function slowVerb() {
    const seen = { loaded: 0, ran: 0 };
    const verb: LazyVerb = {
      name: 'slow',
      description: 'takes long to load',
      load: () => {
        seen.loaded++;
        return {
          register: (program) => {
            program.command('slow').action(() => {
              seen.ran++;
            });
          },
        };
      },
    };
    return { seen, verb };
  }

  test('is in the help without being loaded', async () => {
    const { seen, verb } = slowVerb();
    const cli = new CliHarness();
    expect(await run(['--help'], cli.io(), [verb])).toBe(0);
    expect(cli.out).toMatch(/slow +takes long to load/);
    expect(seen).toEqual({ loaded: 0, ran: 0 });
  });

  test('is loaded when it is asked for', async () => {
    const { seen, verb } = slowVerb();
    expect(await run(['--json', 'slow'], new CliHarness().io(), [verb])).toBe(0);
    expect(seen).toEqual({ loaded: 1, ran: 1 });
  });
});
