import { Iface } from '../../base/bus-names';
import { Variant } from '../../bus/variant';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';

const VENDOR_SIGNATURES = ['q', 'u'] as const;

/** `xyz.openbmc_project.MCTP.Endpoint` (R-DBUS-22): host integers, whatever the order on the wire. */
export const openbmcEndpointRows: Rows<EndpointSubject> = {
  name: Iface.endpoint,
  methods: {},
  properties: {
    NetworkId: (subject) => subject.current.network,
    EID: (subject) => subject.current.eid,
    SupportedMessageTypes: (subject) => Buffer.from(subject.current.types),
    VendorDefinedMessageTypes: (subject) =>
      subject.current.vendorTypes.map(({ format, vendor, subtype }) => [
        format,
        new Variant(VENDOR_SIGNATURES[format], vendor),
        subtype,
      ]),
  },
};
