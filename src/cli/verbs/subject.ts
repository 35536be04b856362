import { formatAddress } from '../output/format';

/** What was being worked on: the "where" of an error, and what the advice is filled in with. */
export interface Subject {
  readonly link?: string | undefined;
  readonly network?: number | undefined;
  readonly eid?: number | undefined;
  readonly physicalAddress?: Uint8Array | undefined;
}

/** `1:9`, ready for a command line. */
export function endpointOf({ network, eid }: Subject): string {
  return `${network ?? 'NET'}:${eid ?? 'EID'}`;
}

/** ` (link mctp0, address 0x1d)`. */
export function where({ link, network, eid, physicalAddress }: Subject): string {
  const parts = [
    ...(link === undefined ? [] : [`link ${link}`]),
    ...(physicalAddress === undefined ? [] : [`address ${formatAddress(physicalAddress)}`]),
    ...(network === undefined ? [] : [`network ${network}`]),
    ...(eid === undefined ? [] : [`EID ${eid}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
