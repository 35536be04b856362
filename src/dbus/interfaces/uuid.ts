import { Iface } from '../../base/bus-names';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** `xyz.openbmc_project.Common.UUID`: endpoints whose UUID is known (R-DBUS-24). */
export const uuidRows: Rows<EndpointSubject> = {
  name: Iface.uuid,
  methods: {},
  properties: { UUID: (subject) => subject.uuid ?? NIL_UUID },
};
