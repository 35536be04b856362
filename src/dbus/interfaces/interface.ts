import { Iface } from '../../base/bus-names';
import type { Role } from '../../discovery/registry';
import type { Rows } from '../rows';
import type { LinkSubject } from '../subjects';

/** `au.com.codeconstruct.MCTP.Interface1`: every link (R-DBUS-13..15). */
export const interfaceRows: Rows<LinkSubject> = {
  name: Iface.link,
  methods: {},
  properties: {
    Role: (subject) => subject.current.role,
    NetworkId: (subject) => subject.current.link.network,
  },
  setters: {
    Role: (subject, value) => {
      // Whether it is a role at all is checked after whether one may be set, over there.
      subject.services.operations.setRole(subject.current.link.index, String(value) as Role);
    },
  },
};
