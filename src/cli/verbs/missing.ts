import type { NetLink } from '../../core/net';
import type { EndpointRecord, LinkRecord, NetworkRecord } from '../../scan/records';
import { CliError } from '../output/failure';
import type { EndpointRef } from './parse';

/** Errors about something that is not there: each tells what is. */

export function unknownLink(link: string, links: readonly LinkRecord[]): CliError {
  const names = links.map((each) => each.name);
  return new CliError(`there is no link ${link}; ${there('link', names)}`, ['mctpctl link list']);
}

/** A link of the daemon may be meant, which the kernel knows nothing of. */
export function unknownKernelLink(link: string, links: readonly NetLink[]): CliError {
  const names = links.map((each) => each.name);
  return new CliError(`the kernel has no MCTP link ${link}; ${there('link', names, 'the kernel')}`, [
    'mctpctl link list --kernel',
    'mctpctl link list   (user-space links: network, MTU and EIDs come from the configuration of the daemon)',
  ]);
}

export function unknownNetwork(network: number, networks: readonly NetworkRecord[]): CliError {
  const names = networks.map((each) => String(each.network));
  return new CliError(`there is no network ${network}; ${there('network', names)}`, ['mctpctl tree']);
}

/** One of the daemon may be meant here too. */
export function unknownKernelNetwork(network: number, links: readonly NetLink[]): CliError {
  const names = [...new Set(links.map((each) => String(each.network)))];
  return new CliError(`there is no network ${network}; ${there('network', names, 'the kernel')}`, [
    'mctpctl link list --kernel',
    'without --kernel   (networks of user-space links)',
  ]);
}

export function unknownEndpoint(
  { network, eid }: EndpointRef,
  endpoints: readonly EndpointRecord[],
): CliError {
  const asked = network === undefined ? `EID ${eid}` : `${network}:${eid}`;
  return new CliError(`there is no endpoint ${asked}; ${there('endpoint', endpoints.map(endpointName))}`, [
    'mctpctl list',
    'mctpctl setup LINK ADDRESS, if the device has not been set up yet',
  ]);
}

export function notBusOwner(link: string): CliError {
  const message = `we are not the bus owner of link ${link}, so devices on it cannot be set up from here`;
  return new CliError(message, [
    `mctpctl link role ${link} bus-owner   (possible while its role is unknown)`,
    'role = "bus-owner" for the link in the configuration of the daemon',
  ]);
}

export function endpointName({ network, eid }: EndpointRecord): string {
  return `${network}:${eid}`;
}

const MOST_LISTED = 10;

function there(kind: string, names: readonly string[], who = 'the daemon'): string {
  if (names.length === 0) return `${who} has no ${kind}s`;
  const more = names.length > MOST_LISTED ? ', ...' : '';
  return `the ${kind}s are: ${names.slice(0, MOST_LISTED).join(', ')}${more}`;
}
