import type { EndpointAddress } from '../../scan/manager';
import type { EndpointRecord, Inventory, LinkRecord } from '../../scan/records';
import { CliError, usageError } from '../output/failure';
import type { EndpointRef } from './parse';
import type { Session } from './context';
import { endpointName, unknownEndpoint, unknownLink, unknownNetwork } from './missing';

/** The endpoint meant by `ref`; an EID alone has to be unique among the networks. */
export function findEndpoint({ endpoints }: Inventory, ref: EndpointRef): EndpointRecord {
  const found = endpoints.filter(
    (each) => each.eid === ref.eid && (ref.network === undefined || each.network === ref.network),
  );
  const [first, ...others] = found;
  if (first === undefined) throw unknownEndpoint(ref, endpoints);
  if (others.length > 0) {
    throw usageError(`EID ${ref.eid} is there in several networks`, ...found.map(endpointName));
  }
  return first;
}

/** Its network and EID, read from the bus only if the network was not given (R-CONS-3: a path may be constructed). */
export async function endpointAddress(session: Session, ref: EndpointRef): Promise<EndpointAddress> {
  const { network, eid } = ref;
  return network === undefined ? findEndpoint(await session.inventory(), ref) : { network, eid };
}

export function findLink({ links }: Inventory, link: string): LinkRecord {
  const found = links.find((each) => each.name === link);
  if (found === undefined) throw unknownLink(link, links);
  return found;
}

/** The networks to list: the one asked for, or all. Routes take an interface of our own (R-DBUS-50). */
export function routedNetworks({ networks }: Inventory, wanted: number | undefined): readonly number[] {
  const asked = networks.filter((each) => wanted === undefined || each.network === wanted);
  if (asked.length === 0 && wanted !== undefined) throw unknownNetwork(wanted, networks);
  if (asked.length > 0 && !asked.some((each) => each.routes)) {
    throw new CliError(
      'this daemon does not show routes and neighbours (org.mctp_endpoint_manager.Network1)',
      ['--kernel   (those of the links of the kernel)', 'a daemon of this project'],
    );
  }
  return asked.filter((each) => each.routes).map((each) => each.network);
}

/** The one network to change: the one asked for, the one of the link, or the only one. */
export function oneNetwork(
  inventory: Inventory,
  { network, link }: { readonly network?: number; readonly link?: string },
): number {
  const wanted = network ?? (link === undefined ? undefined : findLink(inventory, link).network);
  const [first, ...others] = routedNetworks(inventory, wanted);
  if (first === undefined) throw new CliError('there is no network', ['mctpctl link list']);
  if (others.length === 0) return first;
  throw usageError('there are several networks', ...[first, ...others].map((each) => `--network ${each}`));
}
