import { endpointPath, Iface } from '../../base/bus-names';
import type { Assigned } from '../../discovery/operations';
import type { Rows, Values } from '../rows';
import type { LinkSubject } from '../subjects';

/**
 * `au.com.codeconstruct.MCTP.BusOwner1`: links we own (R-DBUS-16..19). A reply comes after the whole exchange, and
 * after the `InterfacesAdded` that the exchange caused.
 */
export const busOwnerRows: Rows<LinkSubject> = {
  name: Iface.busOwner,
  methods: {
    SetupEndpoint: async ({ services, current }, args) =>
      assigned(await services.operations.setupEndpoint(current.link.index, args.bytes(0))),
    AssignEndpoint: async ({ services, current }, args) =>
      assigned(await services.operations.assignEndpoint(current.link.index, args.bytes(0))),
    AssignEndpointStatic: async ({ services, current }, args) =>
      assigned(
        await services.operations.assignEndpointStatic(current.link.index, args.bytes(0), args.number(1)),
      ),
    AssignBridgeStatic: async ({ services, current }, args) => {
      const bridge = { eid: args.number(1), poolStart: args.number(2), poolSize: args.number(3) };
      const result = await services.operations.assignBridgeStatic(current.link.index, args.bytes(0), bridge);
      const { eid, network, isNew, poolStart } = result;
      return [eid, poolStart, network, endpointPath(network, eid), isNew];
    },
    LearnEndpoint: async ({ services, current }, args) =>
      learnt(await services.operations.learnEndpoint(current.link.index, args.bytes(0))),
  },
  properties: {},
};

/** `net` is an INT32 and the path a string here (R-DBUS-16). @param pathOf the tree that the caller knows */
export function assigned({ network, eid, isNew }: Assigned, pathOf = endpointPath): Values {
  return [eid, network, pathOf(network, eid), isNew];
}

/** "found" is true for a known endpoint too; a device without an EID is no error (R-DBUS-18). */
export function learnt(result: Assigned | undefined, pathOf = endpointPath): Values {
  return result === undefined ? [0, 0, '', false] : assigned({ ...result, isNew: true }, pathOf);
}
