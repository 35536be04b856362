import type { Command } from 'commander';
import { isBusFailureOf } from '../../scan/bus-caller';
import type { EndpointStatus } from '../../scan/manager';
import type { EndpointRecord } from '../../scan/records';
import { formatByte, formatType, formatVendorType, placeText, stateCell } from '../output/format';
import { endpointJson, statusJson } from '../output/json';
import type { Cell } from '../output/table';
import type { Session, VerbContext } from './context';
import { findEndpoint } from './lookup';
import type { EndpointRef } from './parse';
import { parseEndpoint } from './parse';

/** `mctpctl show`: one endpoint with all there is to know. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('show')
    .description('everything about one endpoint')
    .argument('<endpoint>', 'EID, NET:EID or object path', parseEndpoint)
    .action((ref: EndpointRef, _options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        const endpoint = findEndpoint(await session.inventory(), ref);
        const status = await readStatus(session, endpoint);
        const value = { ...endpointJson(endpoint), status: statusJson(status) };
        session.printer.result(value, () => print(session, endpoint, status));
      }),
    );
}

/**
 * The status is a method, so it takes more rights than the rest (R-DBUS-50), and a foreign daemon has none. The rest is
 * worth showing without it.
 */
async function readStatus(session: Session, endpoint: EndpointRecord): Promise<EndpointStatus | undefined> {
  const read = async (): Promise<EndpointStatus | undefined> => {
    try {
      return await session.manager.status(endpoint);
    } catch (error) {
      if (isBusFailureOf(error, 'AccessDenied')) {
        session.printer.note('no status: that takes root or the group mctp-admin');
        return undefined;
      }
      if (isBusFailureOf(error, 'UnknownMethod', 'UnknownInterface')) return undefined;
      throw error;
    }
  };
  return session.attempt('reading the status', endpoint, read);
}

function print(session: Session, endpoint: EndpointRecord, status: EndpointStatus | undefined): void {
  const { printer } = session;
  printer.lines([printer.style('bold', `endpoint ${endpoint.network}:${endpoint.eid}`)]);
  printer.fields([...identity(endpoint), ...place(endpoint), ...statusFields(status)]);
}

type Field = readonly [string, Cell];

function identity(endpoint: EndpointRecord): readonly Field[] {
  const types = endpoint.types.map((type) => `${formatType(type)} (${formatByte(type)})`);
  return [
    ['path', endpoint.path],
    ['state', stateCell(endpoint)],
    ['types', types.join(', ')],
    ...endpoint.vendorTypes.map((each): Field => ['vendor type', formatVendorType(each)]),
    ['uuid', endpoint.uuid ?? ''],
  ];
}

function place(endpoint: EndpointRecord): readonly Field[] {
  const { pool } = endpoint;
  return [
    ['link', endpoint.link ?? ''],
    ['address', placeText(endpoint)],
    ...(pool === undefined ? [] : [['pool', `${pool.first}-${pool.last}`] as const]),
  ];
}

function statusFields(status: EndpointStatus | undefined): readonly Field[] {
  if (status === undefined) return [];
  return [
    ['requests', `${status.requests}, ${status.timeouts} without an answer`],
    ['round trip', status.roundTripMicroseconds === 0 ? '' : `${status.roundTripMicroseconds / 1000} ms`],
    ['last error', status.lastError === '' ? 'none' : { text: status.lastError, colour: 'yellow' }],
  ];
}
