import { z } from 'zod';
import { EID_FIRST, EID_LAST, PhysicalBinding } from '../base/ids';
import { deviceList, MAX_POOL } from './device';
import { rangesSchema, reservedSchema } from './eids';
import { choice, int, table, text } from './fields';
import type { LinkMatch } from './schema';

/** The tables of an upstream mctpd.conf. */

export const roleSchema = choice('bus-owner', 'endpoint', 'unknown');
export type RoleWord = z.output<typeof roleSchema>;

const UUID = /^([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

export const mctpSchema = table({
  message_timeout_ms: int(1, 100_000).optional(),
  uuid: text('32 hex digits, with or without the usual dashes', (value) => UUID.test(value)).optional(),
});

const MOST_POLL_MS = 10_000;
const LEAST_POLL_MS = 2500;

export const busOwnerSchema = table({
  // Not against the configured range: files the reference accepts stay accepted (R-DBUS-42).
  max_pool_size: int(1, MAX_POOL).default(15),
  dynamic_eid_range: rangesSchema.default([{ first: EID_FIRST, last: EID_LAST }]),
  // Ours: absent in every upstream file.
  reserved_eids: reservedSchema.default([]),
  endpoint_poll_ms: z
    .int({ error: `0 or an integer ${LEAST_POLL_MS}..${MOST_POLL_MS}` })
    .refine((ms) => ms === 0 || (ms >= LEAST_POLL_MS && ms <= MOST_POLL_MS), {
      error: `0 or an integer ${LEAST_POLL_MS}..${MOST_POLL_MS}`,
    })
    .default(0),
});

/** Lower-case words of `match.phys-type` (DSP0239); PCC is not one of them. */
const PHYS_TYPES: ReadonlyMap<string, number> = new Map([
  ['smbus', PhysicalBinding.smbus],
  ['i2c', PhysicalBinding.smbus],
  ['pcie', PhysicalBinding.pcieVdm],
  ['usb', PhysicalBinding.usb],
  ['kcs', PhysicalBinding.kcs],
  ['serial', PhysicalBinding.serial],
  ['i3c', PhysicalBinding.i3c],
  ['mmbi', PhysicalBinding.mmbi],
  ['ucie', PhysicalBinding.ucie],
]);

const MATCH = '"all", or a table with exactly one of phys-type, path';

const matchSchema = z.unknown().transform((value, context): LinkMatch => {
  if (value === 'all') return { kind: 'all' };
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
  const keys: Readonly<Record<string, unknown>> = isTable ? { ...value } : {};
  const { 'phys-type': physType, path, ...others } = keys;
  const match = readMatch(physType, path);
  // A rule without a match is no rule: fatal whatever the reason.
  if (match === undefined) {
    context.addIssue({ code: 'custom', message: MATCH, input: value });
    return z.NEVER;
  }
  if (match === 'unknown-type') {
    const message = 'SMBus, I2C, PCIe, USB, KCS, serial, I3C, MMBI or UCIe';
    context.addIssue({ code: 'custom', path: ['phys-type'], message, input: physType });
    return z.NEVER;
  }
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    context.addIssue({ code: 'unrecognized_keys', keys: unknown, message: MATCH, input: keys });
  }
  const ignored = match.kind === 'path' ? 'phys-type' : 'path';
  if (keys[ignored] !== undefined) {
    context.addIssue({
      code: 'invalid_type',
      expected: 'string',
      path: [ignored],
      message: MATCH,
      input: keys[ignored],
    });
  }
  return match;
});

/** `undefined`: not exactly one of the two. A key that is no string counts as absent (R-DBUS-45). */
function readMatch(physType: unknown, path: unknown): LinkMatch | 'unknown-type' | undefined {
  if (typeof path === 'string') {
    return typeof physType === 'string' ? undefined : { kind: 'path', pattern: path };
  }
  if (typeof physType !== 'string') return undefined;
  const physicalBinding = PHYS_TYPES.get(physType.toLowerCase());
  return physicalBinding === undefined ? 'unknown-type' : { kind: 'phys-type', physicalBinding };
}

export const interfaceSchema = table({
  match: matchSchema,
  role: choice('bus-owner', 'endpoint').optional(),
  // Ours: absent in every upstream file, so that nothing is probed with one (D-9).
  discover: choice('off', 'static', 'probe').default('static'),
  endpoint: deviceList,
});

export type InterfaceTable = z.output<typeof interfaceSchema>;
