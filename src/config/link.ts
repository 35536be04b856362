import { z } from 'zod';
import { loopbackOptions } from '../bindings/loopback/options';
import { serialOptions } from '../bindings/serial/options';
import { simOptions } from '../bindings/sim/options';
import { BASELINE_MTU, EID_FIRST, EID_LAST } from '../base/ids';
import { deviceList, MAX_POOL } from './device';
import { bool, choice, int, path, table, text } from './fields';
import { MAX_NETWORK } from './own';
import type { BindingWord } from './schema';
import { roleSchema } from './upstream';

/** `[[link]]`: a link of the user-space stack. Which keys there are depends on its `binding`. */

function common<Word extends BindingWord>(binding: Word) {
  const pointToPoint = binding === 'serial';
  return {
    name: text('1..15 characters of A-Z a-z 0-9 _ . -', (value) => /^[A-Za-z0-9_.-]{1,15}$/.test(value)),
    binding: z.literal(binding),
    network: int(1, MAX_NETWORK).optional(),
    eid: int(EID_FIRST, EID_LAST).optional(),
    role: roleSchema.optional(),
    // A bus with addresses is never scanned blindly (D-9).
    discover: pointToPoint
      ? choice('off', 'static', 'probe').default('probe')
      : choice('off', 'static').default('static'),
    forward: bool().optional(),
    capture: path().optional(),
    timeout_ms: int(1, 100_000).optional(),
    attempts: int(1, 10).default(4),
    pool_request: int(0, MAX_POOL).default(0),
    upstream: text('the name of a link').optional(),
    endpoint: deviceList,
  };
}

/** Packet size in bytes, the 4 header bytes included. */
function mtu(largest: number) {
  return int(BASELINE_MTU, largest).default(BASELINE_MTU);
}

const serialSchema = table({ ...common('serial'), mtu: mtu(251), ...serialOptions.shape });
const loopbackSchema = table({ ...common('loopback'), mtu: mtu(65_535), ...loopbackOptions.shape });
const simSchema = table({ ...common('sim'), mtu: mtu(65_535), ...simOptions.shape });

const i2cSchema = table({
  ...common('i2c'),
  mtu: mtu(254),
  bus: int(0, 65_535),
  address: int(0x08, 0x77).default(0x10),
  mqueue: path().optional(),
});

// A VDM carries at most 1024 double words of payload; what the device takes is known once it is open.
const pcieSchema = table({ ...common('pcie'), mtu: mtu(4100), device: path() });

export const linkSchema = z.discriminatedUnion(
  'binding',
  [serialSchema, i2cSchema, pcieSchema, loopbackSchema, simSchema],
  {
    error: (issue) => {
      const isTable = typeof issue.input === 'object' && issue.input !== null && !Array.isArray(issue.input);
      return isTable ? 'one of "serial", "i2c", "pcie", "loopback", "sim"' : 'a table';
    },
  },
);

export type LinkTable = z.output<typeof linkSchema>;
