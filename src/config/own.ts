import { demuxSchema } from './demux';
import { bool, choice, int, path, table, text } from './fields';

/** Single tables and top-level keys an upstream file does not have; the links are in `link.ts`. */

export const MAX_NETWORK = 2 ** 31 - 1;

const dbusSchema = table({
  'managed-objects-network-id': choice('int32', 'uint32').default('int32'),
  'legacy-names': bool().default(false),
  'always-publish-uuid': bool().default(false),
});

const logSchema = table({
  level: choice('error', 'warn', 'info', 'debug').default('info'),
  format: choice('auto', 'json').default('auto'),
  file: path().optional(),
});

const metricsSchema = table({
  listen: text('"port" or "host:port", port 1..65535', (value) => readListen(value) !== undefined).optional(),
});

export const ownShape = {
  backend: choice('auto', 'user', 'kernel').default('auto'),
  state: bool().default(true),
  default_network: int(1, MAX_NETWORK).optional(),
  dbus: dbusSchema.prefault({}),
  demux: demuxSchema.prefault({}),
  log: logSchema.prefault({}),
  metrics: metricsSchema.prefault({}),
};

/** `"9100"` is on loopback, because a metrics page has no access control of its own (D-17). */
export function readListen(value: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):)?([0-9]{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) return undefined;
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}
