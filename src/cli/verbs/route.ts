import type { Command } from 'commander';
import type { Route } from '../../scan/manager';
import { usageError } from '../output/failure';
import { printRouteDone, printRoutes } from '../output/path-tables';
import type { RouteRow } from '../output/rows';
import type { Session, VerbContext } from './context';
import { refuseUnknownCommands } from './default-command';
import { addRoute, deleteRoute, listRoutes } from './kernel/routes';
import { KERNEL_OPTION, UNNOTICED, withEither } from './kernel/with-kernel';
import { oneNetwork, routedNetworks } from './lookup';
import { parseEid, parseMtu, parseNetwork, parseRange } from './parse';

type Range = ReturnType<typeof parseRange>;

interface RouteOptions {
  readonly network?: number;
  readonly link?: string;
  readonly via?: number;
  readonly mtu?: number;
}

/** `mctpctl route`: which EIDs are reached how (R-DBUS-53). */
export function register(program: Command, context: VerbContext): void {
  const route = program.command('route').description('routes: list, add, del');
  const standard = route
    .command('list', { isDefault: true })
    .description('all routes as a table')
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .option(...KERNEL_OPTION)
    .action((options: RouteOptions, command: Command) =>
      withEither(context, command, {
        daemon: (session) => list(session, options),
        kernel: (session) => listRoutes(session, options.network),
      }),
    );
  refuseUnknownCommands(route, standard);
  change(route.command('add'), 'add a route through a link or a gateway')
    .option('-g, --via <EID>', 'through this gateway, the EID of a bridge', parseEid)
    .option('-m, --mtu <N>', 'MTU of its own', parseMtu)
    .action((range: Range, options: RouteOptions, command: Command) => {
      if ((options.link === undefined) === (options.via === undefined)) {
        throw usageError(
          'a route has either a link or a gateway',
          'mctpctl route add 20-24 --link LINK',
          'mctpctl route add 20-24 --via EID',
        );
      }
      return withEither(context, command, {
        daemon: (session) => add(session, range, options),
        kernel: (session) => addRoute(session, range, options),
      });
    });
  change(route.command('del'), 'delete a route; without --link one through a gateway').action(
    (range: Range, options: RouteOptions, command: Command) =>
      withEither(context, command, {
        daemon: (session) => remove(session, range, options),
        kernel: (session) => deleteRoute(session, range, options),
      }),
  );
}

function change(command: Command, description: string): Command {
  return command
    .description(description)
    .argument('<eids>', 'an EID (20) or a range (20-24)', parseRange)
    .option('-l, --link <LINK>', 'through this link')
    .option('-n, --network <N>', 'in this network', parseNetwork)
    .option(KERNEL_OPTION[0], `in the kernel itself, no daemon needed. ${UNNOTICED}`);
}

async function list(session: Session, options: RouteOptions): Promise<void> {
  const networks = routedNetworks(await session.inventory(), options.network);
  const rows: RouteRow[] = [];
  for (const network of networks) {
    const read = (): Promise<readonly Route[]> => session.manager.routes(network);
    const found = await session.attempt('reading the routes', { network }, read);
    const sorted = [...found].sort((a, b) => a.first - b.first || a.extent - b.extent);
    rows.push(...sorted.map((route) => ({ ...route, network })));
  }
  printRoutes(session.printer, rows);
}

async function add(session: Session, range: Range, options: RouteOptions): Promise<void> {
  const network = oneNetwork(await session.inventory(), options);
  const { link = '', via = 0, mtu = 0 } = options;
  const route: Route = { ...range, link, mtu, gateway: via };
  const work = (): Promise<void> => session.manager.addRoute(network, route);
  await session.attempt('adding the route', { network, link: options.link }, work);
  printRouteDone(session.printer, { network, ...route }, 'added');
}

async function remove(session: Session, range: Range, options: RouteOptions): Promise<void> {
  const network = oneNetwork(await session.inventory(), options);
  const route: Route = { ...range, link: options.link ?? '', mtu: 0, gateway: 0 };
  const work = (): Promise<void> => session.manager.removeRoute(network, route);
  await session.attempt('deleting the route', { network, link: options.link }, work);
  printRouteDone(session.printer, { network, ...route }, 'deleted');
}
