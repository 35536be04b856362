import type { z } from 'zod';
import { isListOfPairs } from './eids';
import { table, tables } from './fields';
import { linkSchema } from './link';
import { ownShape } from './own';
import { busOwnerSchema, interfaceSchema, mctpSchema, roleSchema } from './upstream';

/** A whole configuration file: the upstream tables and ours. */
export const fileSchema = table({
  role: roleSchema.default('bus-owner'),
  mctp: mctpSchema.prefault({}),
  'bus-owner': busOwnerSchema.prefault({}),
  interface: tables(interfaceSchema).default([]),
  ...ownShape,
  link: tables(linkSchema).default([]),
});

export type ConfigFile = z.output<typeof fileSchema>;

const OWN_KEYS = new Set([...Object.keys(ownShape), 'link']);
const OWN_INTERFACE_KEYS = new Set(['discover', 'endpoint']);
const OWN_BUS_OWNER_KEYS = ['reserved_eids'];

/** Whether a file holds a key that upstream does not have, and so is checked strictly (R-DBUS-45). */
export function hasOwnKeys(file: Readonly<Record<string, unknown>>): boolean {
  if (Object.keys(file).some((key) => OWN_KEYS.has(key))) return true;
  const { 'bus-owner': owner, interface: rules } = file;
  if (typeof owner === 'object' && owner !== null) {
    if (OWN_BUS_OWNER_KEYS.some((key) => Object.hasOwn(owner, key))) return true;
    if ('dynamic_eid_range' in owner && isListOfPairs(owner.dynamic_eid_range)) return true;
  }
  return (
    Array.isArray(rules) &&
    rules.some(
      (rule: unknown) =>
        typeof rule === 'object' &&
        rule !== null &&
        Object.keys(rule).some((key) => OWN_INTERFACE_KEYS.has(key)),
    )
  );
}
