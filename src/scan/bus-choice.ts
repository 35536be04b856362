import { createRequire } from 'node:module';
import { busAddress, reachableAddress } from '../bus/address';
import type * as Connection from '../bus/connection';
import type { BusCaller } from './bus-caller';

/** The D-Bus library takes long to load, and a caller with a connection of its own does not need it. */
const load = createRequire(__filename);

/**
 * `system` or `session` (R-DBUS-2; where these are, the environment says), a D-Bus address such as
 * `unix:path=/run/dbus/system_bus_socket`, or a connection of the caller's own, which stays open.
 */
export type BusChoice = string | BusCaller;

/** A connection for a while. */
export interface BorrowedBus {
  readonly caller: BusCaller;
  /** Closes what was opened for it. */
  close(): void;
}

/** @throws MctpError `bus-failed` when the bus cannot be reached */
export async function borrowBus(choice: BusChoice = 'system'): Promise<BorrowedBus> {
  if (typeof choice !== 'string') return { caller: choice, close: () => undefined };
  const { connectBus } = load('../bus/connection') as typeof Connection;
  const connection = await connectBus(addressOf(choice));
  return { caller: connection, close: () => connection.close() };
}

function addressOf(choice: string): string {
  if (choice !== 'system' && choice !== 'session') return reachableAddress(choice);
  return busAddress({ env: process.env, session: choice === 'session' });
}
