import { LegacyIface, legacyEndpointPath } from '../../base/bus-names';
import { MctpError } from '../../base/errors';
import type { Rows, Values } from '../rows';
import type { Services } from '../subjects';
import { assigned, learnt } from './bus-owner';

/**
 * `au.com.CodeConstruct.MCTP`: the bus-owner methods of mctpd 1.x, all on the root object, with the link as first
 * argument (R-CONS-47).
 */
export const legacyRootRows: Rows<Services> = {
  name: LegacyIface.root,
  methods: {
    SetupEndpoint: async (services, args): Promise<Values> => {
      const link = linkIndex(services, args.text(0));
      return assigned(await services.operations.setupEndpoint(link, args.bytes(1)), legacyEndpointPath);
    },
    AssignEndpoint: async (services, args): Promise<Values> => {
      const link = linkIndex(services, args.text(0));
      return assigned(await services.operations.assignEndpoint(link, args.bytes(1)), legacyEndpointPath);
    },
    LearnEndpoint: async (services, args): Promise<Values> => {
      const link = linkIndex(services, args.text(0));
      return learnt(await services.operations.learnEndpoint(link, args.bytes(1)), legacyEndpointPath);
    },
  },
  properties: {},
};

/** @throws MctpError `unknown-link` */
function linkIndex({ registry }: Services, name: string): number {
  const found = registry.links().find(({ link }) => link.name === name);
  if (found === undefined) throw new MctpError('unknown-link', `there is no link ${name}`, { link: name });
  return found.link.index;
}
