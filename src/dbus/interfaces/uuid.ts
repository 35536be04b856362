import { Iface } from '../../base/bus-names';
import type { Endpoint } from '../../discovery/endpoint';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** What an endpoint shows; `undefined`: it has no UUID interface. @param always R-CONS-30 */
export function shownUuid({ uuid }: Endpoint, always: boolean): string | undefined {
  return uuid ?? (always ? NIL_UUID : undefined);
}

/** `xyz.openbmc_project.Common.UUID`: endpoints whose UUID is known (R-DBUS-24). */
export const uuidRows: Rows<EndpointSubject> = {
  name: Iface.uuid,
  methods: {},
  properties: { UUID: (subject) => subject.uuid ?? NIL_UUID },
};
