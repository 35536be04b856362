import { MctpError } from '../base/errors';

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

export interface BusAddressInput {
  /** The process environment, or whatever stands for it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks for the session bus, whatever the environment says. */
  readonly session?: boolean;
}

/**
 * Which bus to use (R-DBUS-2): the system bus, unless the session bus is asked for or `DBUS_STARTER_BUS_TYPE` begins
 * with `user` or `session`. Both have their usual environment variables. Where the process was started from decides
 * nothing, unlike in mctpd: a daemon started with sudo from a log-in session would end up on the session bus, unseen.
 * @returns an address in the form `unix:socket=<path>` or `tcp:...`, for `connectBus`
 * @throws MctpError `bus-failed` when there is no address of a kind we can reach
 */
export function busAddress(input: BusAddressInput): string {
  return reachableAddress(wantsSession(input) ? sessionAddress(input.env) : systemAddress(input.env));
}

/** Whether an address of {@link busAddress} is that of the machine's own bus. */
export function isSystemBus(address: string): boolean {
  return address === rewrite(SYSTEM_BUS);
}

/**
 * Rewrites an address list to its first reachable entry. `unix:path=` becomes `unix:socket=`, because dbus-next would
 * otherwise prefer the native module usocket where it is installed, and that loses the connection at replies of 250 kB.
 * @throws MctpError `bus-failed`
 */
export function reachableAddress(list: string): string {
  const entries = list.split(';').filter((entry) => entry !== '');
  for (const entry of entries) {
    const address = rewrite(entry);
    if (address !== undefined) return address;
  }
  const reason = entries.some((entry) => entry.startsWith('unix:abstract='))
    ? 'abstract sockets are not supported; give the bus a unix:path= address'
    : 'use an address like unix:path=/run/dbus/system_bus_socket';
  throw new MctpError('bus-failed', `cannot use the D-Bus address "${list}": ${reason}`);
}

function wantsSession({ env, session }: BusAddressInput): boolean {
  return session === true || /^(user|session)/.test(env['DBUS_STARTER_BUS_TYPE'] ?? '');
}

function sessionAddress(env: BusAddressInput['env']): string {
  const address = nonEmpty(env['DBUS_SESSION_BUS_ADDRESS']);
  if (address !== undefined) return address;
  const runtime = nonEmpty(env['XDG_RUNTIME_DIR']);
  if (runtime !== undefined) return `unix:path=${runtime}/bus`;
  throw new MctpError(
    'bus-failed',
    'there is no session bus: DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR are unset',
  );
}

function systemAddress(env: BusAddressInput['env']): string {
  return nonEmpty(env['DBUS_SYSTEM_BUS_ADDRESS']) ?? SYSTEM_BUS;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** One entry of the list, or `undefined` when we cannot reach that kind. */
function rewrite(entry: string): string | undefined {
  const colon = entry.indexOf(':');
  const transport = entry.slice(0, colon);
  const values = keyValues(entry.slice(colon + 1));
  if (colon < 0 || values === undefined) return undefined;
  if (transport === 'tcp' && values.has('port')) {
    return `tcp:host=${values.get('host') ?? 'localhost'},port=${values.get('port') ?? ''}`;
  }
  if (transport !== 'unix') return undefined;
  const path = values.get('path') ?? values.get('socket');
  // dbus-next splits at these characters itself and knows no escapes, so they cannot be passed on.
  return path === undefined || path === '' || /[,;=:]/.test(path) ? undefined : `unix:socket=${path}`;
}

function keyValues(text: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const value = percentDecode(pair.slice(equals + 1));
    if (equals <= 0 || value === undefined) return undefined;
    values.set(pair.slice(0, equals), value);
  }
  return values;
}

/** `%41` is a byte; bytes together are UTF-8 (D-Bus specification, server addresses). */
function percentDecode(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
