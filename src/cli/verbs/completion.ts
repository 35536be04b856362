import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../../files/package-root';
import { readInventory } from '../../scan/inventory';
import type { VerbContext } from './context';

/** `mctpctl completion`: the script for the shell, and the words it asks for while somebody types. */
export function register(program: Command, context: VerbContext): void {
  const completion = program.command('completion').description('shell completion: bash');
  completion
    .command('bash')
    .description('print the script: source <(mctpctl completion bash)')
    .action((_options: unknown, command: Command) => {
      context.printer(command).lines([readFileSync(bashScript(), 'utf8').trimEnd()]);
    });
  addWords(completion.command('links', { hidden: true }), 'links', context);
  addWords(completion.command('endpoints', { hidden: true }), 'endpoints', context);
}

/** The file that distributions install; the package brings it along. */
function bashScript(): string {
  return join(packageRoot(), 'packaging', 'completions', 'mctpctl.bash');
}

/** Names that are safe to hand to a shell as words, one in a line. */
const WORD = /^[A-Za-z0-9_.:-]+$/;

function addWords(command: Command, kind: 'links' | 'endpoints', context: VerbContext): void {
  command.action((_options: unknown, self: Command) =>
    context.withSession(self, async ({ bus, printer }) => {
      const { links, endpoints } = await readInventory(bus);
      const words =
        kind === 'links'
          ? links.map(({ name }) => name)
          : endpoints.map((each) => `${each.network}:${each.eid}`);
      printer.lines(words.filter((word) => WORD.test(word)));
    }),
  );
}
