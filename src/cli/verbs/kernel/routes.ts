import type { KernelState } from '../../../kernel/admin';
import { isUnknownGateway, type KernelRoute, type RouteTarget } from '../../../kernel/routes';
import { Errno } from '../../../os/errno';
import { CliError, usageError } from '../../output/failure';
import { printRouteDone, printRoutes } from '../../output/path-tables';
import type { RouteRow } from '../../output/rows';
import { checkMtu } from './links';
import { requireDone, type Change } from './refusal';
import { inNetwork, kernelLink, type KernelSession } from './with-kernel';

/** Routes of the kernel. */

export interface EidRange {
  readonly first: number;
  readonly extent: number;
}

export interface RouteChoice {
  readonly network?: number;
  /** Its name. */
  readonly link?: string;
  /** EID of a gateway. */
  readonly via?: number;
  readonly mtu?: number;
}

const LIST = 'mctpctl route list --kernel';
const OWN_COUNT = 'mctpctl addr list --kernel   (each EID of our own has a route, which is not listed)';

/** In the kernel's order, which matters: the first that covers an EID is taken. */
export async function listRoutes({ kernel, printer }: KernelSession, wanted?: number): Promise<void> {
  const state = await kernel.read();
  const rows = state.routes.flatMap((route) => routeRow(state, route) ?? []);
  printRoutes(printer, inNetwork(state, rows, wanted));
}

export async function addRoute(
  { kernel, printer }: KernelSession,
  range: EidRange,
  choice: RouteChoice,
): Promise<void> {
  const state = await kernel.read();
  const { link, via, mtu = 0 } = choice;
  if (link !== undefined && mtu !== 0) checkMtu(kernelLink(state, link), mtu);
  const target: RouteTarget =
    link === undefined
      ? { kind: 'gateway', network: gatewayNetwork(state, choice), eid: via ?? 0 }
      : overLink(state, link, choice);
  const route = { ...range, mtu, via: target };
  const ack = await kernel.addRoute(route);
  requireDone(ack, {
    what: 'cannot add the route',
    subject: { link, eid: range.first },
    meanings: [
      [Errno.EEXIST, 'its network has a route to just these EIDs already', LIST, OWN_COUNT],
      ...(link === undefined && isUnknownGateway(ack) ? NO_GATEWAYS : []),
    ],
  });
  report({ kernel, printer }, state, { route, done: 'added' });
}

export async function deleteRoute(
  { kernel, printer }: KernelSession,
  range: EidRange,
  choice: RouteChoice,
): Promise<void> {
  const state = await kernel.read();
  const { link } = choice;
  const target = link === undefined ? throughGateway(state, range, choice) : overLink(state, link, choice);
  const route = { ...range, mtu: 0, via: target };
  requireDone(await kernel.deleteRoute(route), {
    what: 'cannot delete the route',
    subject: { link, eid: range.first },
    meanings: [[Errno.ENOENT, NO_ROUTE, LIST]],
  });
  report({ kernel, printer }, state, { route, done: 'deleted' });
}

const NO_ROUTE = 'there is no route to just these EIDs';

const NO_GATEWAYS: Change['meanings'] = [
  [
    Errno.EINVAL,
    'this kernel has no routes through a gateway',
    'mctpctl route add EIDS --link LINK --kernel, the link of the bridge, and for each EID:',
    'mctpctl neigh add EID --link LINK --lladdr ADDRESS, the address of the bridge',
  ],
];

function overLink(state: KernelState, name: string, { network }: RouteChoice): RouteTarget {
  const link = kernelLink(state, name);
  if (network === undefined || network === link.network) return { kind: 'link', link: link.index };
  throw usageError(
    `the link ${name} is in network ${link.network}`,
    `without --network, or --network ${link.network}`,
  );
}

function gatewayNetwork({ usedNetworks }: KernelState, { network }: RouteChoice): number {
  const [first, ...others] = [...usedNetworks].sort((a, b) => a - b);
  if (network !== undefined) return network;
  if (first === undefined)
    throw new CliError('the kernel has no MCTP links but lo', ['mctpctl link serial DEVICE']);
  if (others.length === 0) return first;
  throw usageError('there are several networks', ...[first, ...others].map((each) => `--network ${each}`));
}

function throughGateway(
  state: KernelState,
  { first, extent }: EidRange,
  { network }: RouteChoice,
): RouteTarget {
  const targets = state.routes
    .filter((each) => each.first === first && each.extent === extent)
    .flatMap(({ via }) => (via.kind === 'gateway' ? [via] : []))
    .filter((via) => network === undefined || via.network === network);
  const [target, ...others] = targets;
  if (target === undefined) {
    throw new CliError(`${NO_ROUTE} through a gateway`, ['--link LINK, for a route over a link', LIST]);
  }
  if (others.length === 0) return target;
  throw usageError('there are several networks', ...targets.map((each) => `--network ${each.network}`));
}

function routeRow({ links }: KernelState, { first, extent, mtu, via }: KernelRoute): RouteRow | undefined {
  if (via.kind === 'gateway') return { network: via.network, first, extent, mtu, link: '', gateway: via.eid };
  const link = links.find(({ index }) => index === via.link);
  if (link === undefined) return undefined;
  return { network: link.network, first, extent, mtu, link: link.name, gateway: 0 };
}

function report(
  { printer }: KernelSession,
  state: KernelState,
  { route, done }: { readonly route: KernelRoute; readonly done: string },
): void {
  const row = routeRow(state, route);
  if (row !== undefined) printRouteDone(printer, row, done);
}
