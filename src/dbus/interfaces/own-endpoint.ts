import { Iface, linkPath } from '../../base/bus-names';
import { Variant } from '../../bus/variant';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';

/** `org.mctp_endpoint_manager.Endpoint1`: every endpoint (R-DBUS-54). */
export const ownEndpointRows: Rows<EndpointSubject> = {
  name: Iface.ownEndpoint,
  methods: {
    GetStatus: ({ services, current }) => {
      const status = services.operations.status(current.network, current.eid);
      return [
        {
          LastError: new Variant('s', status.lastError),
          RoundTripMicroseconds: new Variant(
            'u',
            Math.min(Math.round(status.roundTripMicroseconds), 0xffffffff),
          ),
          Requests: new Variant('t', BigInt(status.requests)),
          Timeouts: new Variant('t', BigInt(status.timeouts)),
        },
      ];
    },
  },
  properties: {
    Link: ({ services, current }) => {
      const link = current.link === undefined ? undefined : services.registry.link(current.link);
      return link === undefined ? '/' : linkPath(link.link.name);
    },
    PhysicalAddress: ({ current }) => Buffer.from(current.physicalAddress),
    Bridge: ({ current }) => current.bridge,
  },
};
