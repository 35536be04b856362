import { Iface } from '../../base/bus-names';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';

/** `au.com.codeconstruct.MCTP.Bridge1`: endpoints with a pool (R-DBUS-28). */
export const bridgeRows: Rows<EndpointSubject> = {
  name: Iface.bridge,
  methods: {},
  properties: {
    PoolStart: (subject) => subject.current.pool?.start ?? 0,
    PoolEnd: (subject) => subject.current.pool?.end ?? 0,
  },
};
