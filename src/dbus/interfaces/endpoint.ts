import { Iface } from '../../base/bus-names';
import type { Arguments, Rows, Values } from '../rows';
import type { EndpointSubject } from '../subjects';

/** `au.com.codeconstruct.MCTP.Endpoint1` (R-DBUS-25..27). */
export const endpointRows: Rows<EndpointSubject> = {
  name: Iface.endpoint1,
  methods: {
    SetMTU: setMtu,
    Remove: removeEndpoint,
    Recover: async ({ services, current }) => {
      await services.operations.recover(current.network, current.eid);
      return [];
    },
  },
  properties: { Connectivity: (subject) => subject.current.connectivity },
};

export async function setMtu({ services, current }: EndpointSubject, args: Arguments): Promise<Values> {
  await services.operations.setMtu(current.network, current.eid, args.number(0));
  return [];
}

export async function removeEndpoint({ services, current }: EndpointSubject): Promise<Values> {
  await services.operations.remove(current.network, current.eid);
  return [];
}
