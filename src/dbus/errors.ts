import { Iface } from '../base/bus-names';
import { MctpError } from '../base/errors';
import type { ErrorCode, ErrorContext } from '../base/errors';
import { BusError } from '../bus/call';

const PREFIX = 'org.freedesktop.DBus.Error.';

export const ErrorName = {
  failed: `${PREFIX}Failed`,
  invalidArgs: `${PREFIX}InvalidArgs`,
  fileExists: `${PREFIX}FileExists`,
  limitsExceeded: `${PREFIX}LimitsExceeded`,
  notSupported: `${PREFIX}NotSupported`,
  unknownMethod: `${PREFIX}UnknownMethod`,
  unknownObject: `${PREFIX}UnknownObject`,
  unknownProperty: `${PREFIX}UnknownProperty`,
  unknownInterface: `${PREFIX}UnknownInterface`,
  propertyReadOnly: `${PREFIX}PropertyReadOnly`,
} as const;

type Row = readonly [name: string, text: string | ((context: ErrorContext) => string)];

const failed = (text: Row[1]): Row => [ErrorName.failed, text];
const invalid = (text: Row[1]): Row => [ErrorName.invalidArgs, text];
const exists = (text: Row[1]): Row => [ErrorName.fileExists, text];

const number = (value: unknown): string => (typeof value === 'number' ? String(value) : '?');
const word = (value: unknown): string => (typeof value === 'string' ? value : '?');

/**
 * The one table from our errors to D-Bus error names and texts (R-DBUS §6). Clients test the names, and some the
 * texts, so they are exact; where the contract has no row the text is ours.
 */
export const ERROR_TABLE: Readonly<Record<ErrorCode, Row>> = {
  'no-response': failed('MCTP Endpoint did not respond'),
  refused: failed('MCTP Endpoint replied with failure'),
  'bad-response': failed('Request failed'),
  'stray-response': failed('Request failed'),
  unreachable: failed('MCTP Endpoint is unreachable'),
  'no-free-tag': failed('MCTP Endpoint busy'),
  'queue-full': failed('MCTP Endpoint busy'),
  'send-failed': failed('Request failed'),
  'link-down': failed('Link is down'),
  'message-too-long': failed('Request failed'),
  closed: failed('Request cancelled'),
  'set-eid-failed': failed('Endpoint returned failure to Set Endpoint ID'),
  'set-eid-conflict': failed(
    ({ requestedEid, eid }) =>
      `Endpoint requested EID ${number(requestedEid)} instead of assigned ${number(eid)}, already used`,
  ),
  'query-failed': failed('Request failed'),
  'out-of-eids': failed('Ran out of EIDs'),
  'address-in-use': invalid('Address in use'),
  'already-assigned': invalid('Already assigned a different EID'),
  'bad-pool-start': invalid('Bad pool start EID'),
  'eid-claimed': exists(({ eid }) => `Endpoint claimed EID ${number(eid)} which is already used`),
  // R-DBUS-36: the reference forgets to set an error here.
  'eid-mismatch': failed('Request failed'),
  'eid-in-pool': failed('Request failed'),
  'invalid-eid': invalid('Invalid EID'),
  'bad-physaddr': invalid('Bad physaddr'),
  'physaddr-too-long': failed('Request failed'),
  'unknown-link': invalid('Unknown MCTP interface'),
  // Its object was there when the call came in.
  'unknown-endpoint': failed('Endpoint was removed'),
  'cannot-remove-local': failed('Cannot remove mctpd-local endpoint'),
  'cannot-set-local-mtu': failed('Cannot set local endpoint MTU'),
  'cannot-recover-local': failed('Cannot recover mctpd-local endpoint'),
  'bad-mtu': invalid('Invalid MTU'),
  'not-bus-owner': [
    ErrorName.unknownMethod,
    ({ operation }) => `Unknown method ${word(operation)} or interface ${Iface.busOwner}.`,
  ],
  'role-already-set': invalid('Role is already set.'),
  'bad-role': failed('Request failed'),
  'route-exists': exists('Route exists'),
  'no-such-route': failed('No such route'),
  'invalid-arguments': invalid('Invalid arguments'),
  'invalid-message-type': invalid(({ type }) => `Invalid message type ${number(type)}`),
  'no-versions': invalid(({ type }) => `No versions provided for message type ${number(type)}`),
  'type-already-registered': invalid(({ type }) => `Message type ${number(type)} already registered`),
  'bad-vendor-format': invalid(({ format }) => `Unsupported VID format: ${number(format)}`),
  'bad-vendor-variant': invalid(
    ({ expected, contains }) =>
      `Expected format is ${word(expected)} but variant contains '${word(contains)}'`,
  ),
  'vendor-type-already-registered': invalid('VDM type already registered'),
  'too-many-vendor-types': invalid('Too many VDM types'),
  configuration: failed('Internal error'),
  'name-taken': failed('Internal error'),
  'bus-failed': failed('Internal error'),
  'not-supported': [ErrorName.notSupported, 'Not supported in this release'],
  'not-permitted': failed(({ capability }) => `The daemon lacks ${word(capability)}`),
  cancelled: failed('Request cancelled'),
  internal: failed('Internal error'),
};

/**
 * What the caller is told. Anything that is not an error of ours is a defect: a short text, never a stack trace
 * (design decision D-12).
 */
export function toBusError(error: unknown): BusError {
  if (error instanceof BusError) return error;
  if (!(error instanceof MctpError)) return new BusError(ErrorName.failed, 'Internal error');
  const [name, text] = ERROR_TABLE[error.code];
  return new BusError(name, typeof text === 'string' ? text : text(error.context));
}

/** Errors that are ours to mend: they belong into the log, whatever the caller did. */
export function isDefect(error: unknown): boolean {
  return !(error instanceof BusError) && (!(error instanceof MctpError) || error.code === 'internal');
}
