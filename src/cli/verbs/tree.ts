import type { Command } from 'commander';
import { endpointJson, linkJson } from '../output/json';
import { treeLines } from '../output/tree-lines';
import type { VerbContext } from './context';

/** `mctpctl tree`: networks, links and endpoints, with what is behind a bridge below it. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('tree')
    .description('networks, links and endpoints as a tree')
    .action((_options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const inventory = await session.inventory();
        const { printer } = session;
        const value = {
          networks: inventory.networks.map(({ network, path, localEids }) => ({ network, path, localEids })),
          links: inventory.links.map(linkJson),
          endpoints: inventory.endpoints.map(endpointJson),
        };
        printer.result(value, () => {
          if (inventory.networks.length === 0)
            printer.note('the daemon has no network: no link is configured');
          printer.lines(treeLines(inventory, printer.style));
        });
      }),
    );
}
