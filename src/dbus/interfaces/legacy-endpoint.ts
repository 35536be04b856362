import { LegacyIface } from '../../base/bus-names';
import type { Rows } from '../rows';
import type { EndpointSubject } from '../subjects';
import { removeEndpoint, setMtu } from './endpoint';

/** `au.com.CodeConstruct.MCTP.Endpoint`: what `Endpoint1` was called in mctpd 1.x (R-CONS-46). */
export const legacyEndpointRows: Rows<EndpointSubject> = {
  name: LegacyIface.endpoint,
  methods: { SetMTU: setMtu, Remove: removeEndpoint },
  properties: {},
};
