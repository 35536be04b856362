import { LEGACY_SERVICE_NAME } from '../base/bus-names';
import { describeError } from '../base/errors';
import { connectBus } from '../bus/connection';
import { LegacyService, type LegacyServiceOptions } from '../dbus/legacy-service';
import { BusPresence } from './bus-presence';

/**
 * Offers the old names on a connection of their own (R-CONS-46). Nothing current depends on them: when the name is taken
 * or the connection is refused or lost, that is logged as an error and the daemon goes on without them.
 */
export async function offerLegacyNames(
  busAddress: string,
  options: Omit<LegacyServiceOptions, 'connection'>,
): Promise<BusPresence | undefined> {
  const { log } = options;
  const without = (cause: string): void =>
    log.error('going on without the old names', { name: LEGACY_SERVICE_NAME, cause });
  let presence: BusPresence | undefined;
  try {
    const connection = await connectBus(busAddress);
    presence = new BusPresence(connection, LEGACY_SERVICE_NAME, log);
    await presence.checkNameIsFree();
    presence.serve(new LegacyService({ ...options, connection }));
    await presence.ownName();
    connection.onClose(without);
    return presence;
  } catch (error) {
    presence?.close();
    without(describeError(error));
    return undefined;
  }
}
