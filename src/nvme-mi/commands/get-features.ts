import { checked, type AdminCommand } from '../command';

export interface GetFeaturesRequest {
  /** FID, 0..255. */
  readonly feature: number;
  /** SEL; default: current. */
  readonly select?: 'current' | 'default' | 'saved' | 'supported';
  readonly nsid?: number;
}

const SELECT = { current: 0, default: 1, saved: 2, supported: 3 } as const;

/** The value, 32 bits; features that return data besides are not for this command. */
export const getFeatures: AdminCommand<GetFeaturesRequest, number> = {
  opcode: 0x0a,
  name: 'Get Features',
  summary: 'Reads a setting of the controller.',
  encodeRequest: ({ feature, select = 'current', nsid = 0 }) => ({
    nsid,
    dwords: [SELECT[select] * 0x100 + checked('feature', feature, 8)],
  }),
  decodeResponse: ({ result }) => result[0],
};
