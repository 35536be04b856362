import { toHex } from '../../base/bytes';
import { MESSAGE_TYPE_NAMES } from '../../base/ids';
import type { EndpointRecord, LinkRecord, VendorType } from '../../scan/records';
import type { Cell } from './table';

/** `0x1d`, `01:02` for longer ones, `none` for a link without addresses. Reads back in as it is. */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 0) return 'none';
  if (address.length === 1) return `0x${toHex(address)}`;
  return Array.from(address, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** `nvme-mi`, or `0x55` for a type without a name. */
export function formatType(type: number): string {
  return MESSAGE_TYPE_NAMES.get(type) ?? formatByte(type);
}

export function formatTypes(types: readonly number[]): string {
  return types.map(formatType).join(',');
}

/** `pci 0x8086 subtype 0x0001`, `iana 40981 subtype 0x0002`. */
export function formatVendorType({ format, vendor, subtype }: VendorType): string {
  const sub = `subtype 0x${subtype.toString(16).padStart(4, '0')}`;
  if (format === 0) return `pci 0x${vendor.toString(16).padStart(4, '0')} ${sub}`;
  return format === 1 ? `iana ${vendor} ${sub}` : `format ${format} ${vendor} ${sub}`;
}

export function formatByte(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

/** `local`, `available`, `degraded`; coloured. */
export function stateCell(endpoint: EndpointRecord): Cell {
  if (endpoint.local) return { text: 'local', colour: 'cyan' };
  const text = endpoint.connectivity.toLowerCase();
  return { text, colour: text === 'available' ? 'green' : 'yellow' };
}

/** The device's own address, or the bridge that leads to it. */
export function placeText(endpoint: EndpointRecord): string {
  if (endpoint.local) return '';
  if (endpoint.bridge !== undefined) return `behind ${endpoint.bridge}`;
  return endpoint.physicalAddress === undefined ? '' : formatAddress(endpoint.physicalAddress);
}

const ROLE_WORDS: Readonly<Record<string, string>> = {
  BusOwner: 'bus-owner',
  Endpoint: 'endpoint',
  Unknown: 'unknown',
};

/** As the configuration file spells it. */
export function formatRole(link: Pick<LinkRecord, 'role'>): string {
  return Object.hasOwn(ROLE_WORDS, link.role) ? (ROLE_WORDS[link.role] ?? link.role) : link.role;
}

/** `20`, or `20-24`. */
export function formatRange(first: number, extent: number): string {
  return extent === 0 ? String(first) : `${first}-${first + extent}`;
}
