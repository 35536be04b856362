import { endpointPath, Iface } from '../../base/bus-names';
import type { Rows } from '../rows';
import type { NetworkSubject } from '../subjects';

/** `au.com.codeconstruct.MCTP.Network1` (R-DBUS-20, R-DBUS-21). */
export const networkRows: Rows<NetworkSubject> = {
  name: Iface.network,
  methods: {
    LearnEndpoint: async ({ services, network }, args) => {
      const { eid, isNew } = await services.operations.learnByEid(network, args.number(0));
      return [endpointPath(network, eid), isNew];
    },
  },
  properties: {
    LocalEIDs: ({ services, network }) => Buffer.from(services.registry.localEids(network)),
  },
};
