import type { Command } from 'commander';
import type { VerbContext } from './context';
import { endpointAddress } from './lookup';
import type { EndpointRef } from './parse';
import { parseEndpoint } from './parse';

/** `mctpctl recover`: starts the recovery of an endpoint; how it ends is told by signals. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('recover')
    .description('find out whether an endpoint is still there; remove it if not')
    .argument('<endpoint>', 'NET:EID, EID or object path', parseEndpoint)
    .action((ref: EndpointRef, _options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const { network, eid } = await endpointAddress(session, ref);
        await session.attempt(`recovering ${network}:${eid}`, { network, eid }, () =>
          session.manager.recover({ network, eid }),
        );
        session.printer.result({ network, eid, started: true }, () =>
          session.printer.lines([`${network}:${eid}  started; \`mctpctl scan --watch\` shows how it ends`]),
        );
      }),
    );
}
