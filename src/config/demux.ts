import type { z } from 'zod';
import { bool, choice, int, list, table, tables, text } from './fields';

/** sun_path holds 108 bytes, the leading NUL of an abstract name among them. */
const MAX_NAME_BYTES = 107;
const MAX_ID = 2 ** 32 - 2;

const allowSchema = table({
  uids: list(int(0, MAX_ID)).default([]),
  gids: list(int(0, MAX_ID)).default([]),
  // Type 0, control, is never a client's (R-DEMUX-40).
  types: list(int(1, 127)).optional(),
});

export const demuxSchema = table({
  names: list(text(`a name of 1..${MAX_NAME_BYTES} bytes`, isSocketName))
    .refine((names) => new Set(names).size === names.length, { error: 'each name once' })
    .default(['mctp-demux', 'mctp-mux']),
  required: bool().default(false),
  allow: tables(allowSchema).default([]),
  compat: choice('libmctp').optional(),
  queue_frames: int(1, 65_536).default(256),
  // One message of the largest size and its header must fit.
  queue_bytes: int(65_537, 67_108_864).default(1_048_576),
  max_clients: int(1, 1024).default(64),
  max_per_uid: int(1, 1024).default(16),
});

function isSocketName(name: string): boolean {
  const length = Buffer.byteLength(name, 'utf8');
  return length >= 1 && length <= MAX_NAME_BYTES && !name.includes('\0');
}

export type DemuxTable = z.output<typeof demuxSchema>;
