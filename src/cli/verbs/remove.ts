import type { Command } from 'commander';
import type { VerbContext } from './context';
import { endpointAddress } from './lookup';
import type { EndpointRef } from './parse';
import { parseEndpoint } from './parse';

/** `mctpctl remove`: forget an endpoint, and with a bridge those behind it. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('remove')
    .description('forget an endpoint')
    .argument('<endpoint>', 'NET:EID, EID or object path', parseEndpoint)
    .action((ref: EndpointRef, _options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const { network, eid } = await endpointAddress(session, ref);
        await session.attempt(`removing ${network}:${eid}`, { network, eid }, () =>
          session.manager.remove({ network, eid }),
        );
        session.printer.result({ network, eid, removed: true }, () =>
          session.printer.lines([`${network}:${eid}  removed`]),
        );
      }),
    );
}
