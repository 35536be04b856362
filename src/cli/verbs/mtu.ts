import type { Command } from 'commander';
import type { VerbContext } from './context';
import { endpointAddress } from './lookup';
import type { EndpointRef } from './parse';
import { parseEndpoint, parseMtu } from './parse';

/** `mctpctl mtu`: the MTU of the route to one endpoint. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('mtu')
    .description('set the MTU towards an endpoint, its 4 header bytes included')
    .argument('<endpoint>', 'NET:EID, EID or object path', parseEndpoint)
    .argument('<mtu>', '0 for the MTU of the link', parseMtu)
    .action((ref: EndpointRef, mtu: number, _options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const { network, eid } = await endpointAddress(session, ref);
        await session.attempt(`setting the MTU of ${network}:${eid}`, { network, eid }, () =>
          session.manager.setMtu({ network, eid }, mtu),
        );
        session.printer.result({ network, eid, mtu }, () =>
          session.printer.lines([`${network}:${eid}  mtu ${mtu === 0 ? 'of the link' : mtu}`]),
        );
      }),
    );
}
