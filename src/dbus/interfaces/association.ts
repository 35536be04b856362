import { Iface } from '../../base/bus-names';
import type { Rows } from '../rows';

/** Forward and reverse name, as mctpreactor has them and pldmd looks for them. */
const FORWARD = 'configured_by';
const REVERSE = 'configures';

/** `xyz.openbmc_project.Association.Definitions`: configured devices with an inventory item (R-CONS-29). */
export const associationRows: Rows<{ readonly inventory: string }> = {
  name: Iface.association,
  methods: {},
  properties: { Associations: ({ inventory }) => [[FORWARD, REVERSE, inventory]] },
};
