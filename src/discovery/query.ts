import { isMctpError, MctpError } from '../base/errors';
import { MessageType } from '../base/ids';
import { LAST_SELECTOR } from '../control/commands/get-vendor-defined-message-support';
import type { Destination } from '../core/net';
import type { EndpointProperties, VendorType } from './endpoint';
import type { Exchanges, ExchangeOptions } from './exchanges';

/** The property query of R-DISC-40..42: once the EID is known and routed, before publication. */

/** An optional query that nobody answered: no answer is not an answer, so it is asked again (R-DISC-42). */
export type SilentQuery = 'vendorTypes' | 'uuid';

export interface QueryResult {
  readonly properties: EndpointProperties;
  readonly silent: ReadonlySet<SilentQuery>;
}

/**
 * How long somebody who waits is made to wait for a list of vendor defined types. It may have 255 entries, each of
 * which may come late, and callers give up after 25 s (R-CONS-8).
 */
const PATIENCE_MS = 10_000;

/** What came of an optional query: a value, a final refusal (`undefined`), or silence. */
export type Outcome<T> = { readonly value: T | undefined } | 'silent';

/**
 * Asks an endpoint what it can do.
 * @throws MctpError `query-failed` when the message types stay unknown, for whatever reason (R-DISC-40)
 */
export async function queryProperties(
  exchanges: Exchanges,
  destination: Destination,
  options: ExchangeOptions,
): Promise<QueryResult> {
  const types = await queryTypes(exchanges, destination, options);
  const silent = new Set<SilentQuery>();
  const keep = <T>(name: SilentQuery, outcome: Outcome<T>): T | undefined => {
    if (outcome !== 'silent') return outcome.value;
    silent.add(name);
    return undefined;
  };
  const vendorTypes = hasVendorTypes(types)
    ? keep('vendorTypes', await queryVendorTypes(exchanges, destination, options, PATIENCE_MS))
    : undefined;
  const uuid = keep('uuid', await queryUuid(exchanges, destination, options));
  return { properties: { types, vendorTypes: vendorTypes ?? [], uuid }, silent };
}

async function queryTypes(
  exchanges: Exchanges,
  destination: Destination,
  options: ExchangeOptions,
): Promise<readonly number[]> {
  try {
    return await exchanges.getMessageTypes(destination, options);
  } catch (error) {
    if (!(error instanceof MctpError)) throw error;
    const text = 'the endpoint does not tell its message types';
    throw new MctpError('query-failed', text, error.context, { cause: error });
  }
}

function hasVendorTypes(types: readonly number[]): boolean {
  return types.includes(MessageType.vendorPci) || types.includes(MessageType.vendorIana);
}

/**
 * The whole list or nothing (R-DISC-41).
 * @param patienceMs a list that is not complete by then counts as silence, to be asked for in the background
 */
export function queryVendorTypes(
  exchanges: Exchanges,
  destination: Destination,
  options: ExchangeOptions,
  patienceMs = Infinity,
): Promise<Outcome<readonly VendorType[]>> {
  const deadline = exchanges.now() + patienceMs;
  return optional(async () => {
    const list: VendorType[] = [];
    for (let selector = 0; selector < LAST_SELECTOR;) {
      if (exchanges.now() > deadline) throw new MctpError('no-response', 'the list takes too long');
      const { next, vendorType } = await exchanges.getVendorType(destination, selector, options);
      list.push(vendorType);
      if (next === LAST_SELECTOR) break;
      // Also the guard against a device that sends us round in circles.
      if (next !== selector + 1) return undefined;
      selector = next;
    }
    return list;
  });
}

export function queryUuid(
  exchanges: Exchanges,
  destination: Destination,
  options: ExchangeOptions,
): Promise<Outcome<string>> {
  return optional(() => exchanges.getUuid(destination, options));
}

/** A refusal or a bad response is final; anything else that keeps an answer away may pass (R-DISC-42). */
async function optional<T>(ask: () => Promise<T | undefined>): Promise<Outcome<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (isMctpError(error, 'refused', 'bad-response')) return { value: undefined };
    if (error instanceof MctpError) return 'silent';
    throw error;
  }
}

/** Whether clients would see a difference (R-DBUS-23, R-CONS-21). */
export function sameProperties(a: EndpointProperties, b: EndpointProperties): boolean {
  const text = (each: EndpointProperties): string =>
    JSON.stringify([
      each.types,
      each.vendorTypes.map((type) => [type.format, type.vendor, type.subtype]),
      each.uuid ?? null,
    ]);
  return text(a) === text(b);
}
