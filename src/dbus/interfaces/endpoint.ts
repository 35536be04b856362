import { Iface } from '../../base/bus-names';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';

/** `au.com.codeconstruct.MCTP.Endpoint1` (R-DBUS-25..27). */
export const endpointRows: Rows<EndpointSubject> = {
  name: Iface.endpoint1,
  methods: {
    SetMTU: async ({ services, current }, args) => {
      await services.operations.setMtu(current.network, current.eid, args.number(0));
      return [];
    },
    Remove: async ({ services, current }) => {
      await services.operations.remove(current.network, current.eid);
      return [];
    },
    Recover: async ({ services, current }) => {
      await services.operations.recover(current.network, current.eid);
      return [];
    },
  },
  properties: { Connectivity: (subject) => subject.current.connectivity },
};
