import type { Command } from 'commander';
import { printEndpoints } from '../output/endpoint-table';
import { endpointJson } from '../output/json';
import type { VerbContext } from './context';
import { parseNetwork } from './parse';

/** `mctpctl list`: every endpoint, the daemon's own ones too. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('list')
    .description('all endpoints as a table')
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .action((options: { network?: number }, command: Command) =>
      context.withSession(command, async (session) => {
        const { endpoints } = await session.inventory();
        const shown = endpoints.filter(({ network }) => network === (options.network ?? network));
        session.printer.result(shown.map(endpointJson), () => {
          if (shown.length > 0) printEndpoints(session.printer, shown);
          else session.printer.note(`no endpoints${place(options)}; \`mctpctl link list\` shows the links`);
        });
      }),
    );
}

function place({ network }: { readonly network?: number }): string {
  return network === undefined ? '' : ` in network ${network}`;
}
