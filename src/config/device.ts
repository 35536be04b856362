import type { z } from 'zod';
import { EID_FIRST, EID_LAST } from '../base/ids';
import { int, list, table, tables, text } from './fields';

/** Most EIDs a pool can have: all of 8..254 but the bridge's own. */
export const MAX_POOL = EID_LAST - EID_FIRST;

const OBJECT_PATH = /^\/$|^(\/[A-Za-z0-9_]+)+$/;

/** `[[link.endpoint]]` and `[[interface.endpoint]]`. Lengths that depend on the link are checked in `device-checks.ts`. */
const deviceSchema = table({
  address: list(int(0, 255)).max(32, { error: 'at most 32 bytes (R-DBUS-17)' }),
  eid: int(EID_FIRST, EID_LAST).optional(),
  pool_size: int(0, MAX_POOL).optional(),
  inventory: text('a D-Bus object path', (value) => OBJECT_PATH.test(value)).optional(),
});

export const deviceList = tables(deviceSchema).default([]);

export type DeviceTable = z.output<typeof deviceSchema>;
