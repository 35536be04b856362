import { Iface } from '../../base/bus-names';
import { MctpError } from '../../base/errors';
import { isEndpointEid } from '../../base/ids';
import type { NetLink } from '../../core/net';
import type { Rows } from '../rows';
import type { NetworkSubject } from '../subjects';

/** `org.mctp_endpoint_manager.Network1`: every network (R-DBUS-53). */
export const ownNetworkRows: Rows<NetworkSubject> = {
  name: Iface.ownNetwork,
  methods: {
    ListRoutes: ({ services, network }) => [
      services.net
        .routes(network)
        .map((route) => [
          route.first,
          route.extent,
          linkName(services.net.links(), route.link),
          route.mtu,
          route.gateway ?? 0,
        ]),
    ],
    AddRoute: async (subject, args) => {
      const [first, extent, mtu, gateway] = [args.number(0), args.number(1), args.number(3), args.number(4)];
      checkRange(first, extent);
      const link = namedLink(subject, args.text(2));
      if (gateway !== 0) checkRange(gateway, 0);
      const fits = mtu === 0 || link === undefined || (mtu >= link.minMtu && mtu <= link.maxMtu);
      if ((link === undefined) === (gateway === 0) || !fits) {
        throw new MctpError('invalid-arguments', 'AddRoute: either a link with such an MTU or a gateway');
      }
      const target = link === undefined ? { gateway } : { link: link.index };
      await subject.services.net.addRoute({ network: subject.network, first, extent, mtu, ...target });
      return [];
    },
    RemoveRoute: async (subject, args) => {
      const [first, extent] = [args.number(0), args.number(1)];
      checkRange(first, extent);
      const link = namedLink(subject, args.text(2))?.index;
      await subject.services.net.removeRoute({ network: subject.network, first, extent, link });
      return [];
    },
    ListNeighbours: ({ services, network }) => [
      services.net
        .neighbours(network)
        .map(({ eid, link, address }) => [eid, linkName(services.net.links(), link), Buffer.from(address)]),
    ],
  },
  properties: {},
};

/** Extent is the number of further EIDs; all of them are 8..254. */
function checkRange(first: number, extent: number): void {
  if (isEndpointEid(first) && isEndpointEid(first + extent)) return;
  throw new MctpError('invalid-eid', `EIDs ${first} to ${first + extent} are not within 8..254`);
}

/** The link of that name in the network; `undefined` for an empty name. */
function namedLink({ services, network }: NetworkSubject, name: string): NetLink | undefined {
  if (name === '') return undefined;
  const link = services.net.links().find((each) => each.name === name && each.network === network);
  if (link === undefined)
    throw new MctpError('unknown-link', `no link ${name} in network ${network}`, { network });
  return link;
}

function linkName(links: readonly NetLink[], index: number | undefined): string {
  return links.find((each) => each.index === index)?.name ?? '';
}
