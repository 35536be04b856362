import { describeCause, MctpError } from '../../base/errors';
import { EID_FIRST } from '../../base/ids';
import type { Log } from '../../base/log';
import { linkOf, type Net, type NetLink } from '../../core/net';
import type { Registry, Role } from '../registry';

const ROLES: readonly string[] = ['BusOwner', 'Endpoint', 'Unknown'] satisfies Role[];

/** Interface1.Role: a link without a role gets one, once (R-DBUS-13). */
export class Roles {
  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly net: Net;
      readonly log: Log;
    },
  ) {}

  /** @throws MctpError `unknown-link`, `bad-role`, `role-already-set` */
  set(index: number, role: Role): void {
    const entry = this.parts.registry.link(index);
    if (entry === undefined) throw new MctpError('unknown-link', `Role: there is no link ${index}`);
    const { link } = entry;
    const context = { link: link.name, network: link.network };
    if (entry.role !== 'Unknown') {
      throw new MctpError('role-already-set', `Role: it is ${entry.role} already`, context);
    }
    if (!ROLES.includes(role)) throw new MctpError('bad-role', `Role: there is no role "${role}"`, context);
    if (role === 'Unknown') return;
    this.parts.registry.putLink({ link, role });
    if (role === 'BusOwner') this.giveEid(link);
  }

  /**
   * A user-space link has the default EID of a bus owner from now on, as if the configuration had called it one: nobody
   * else can give it any. The kernel's links get theirs from whoever configures the kernel.
   */
  private giveEid({ index, name, network, backend }: NetLink): void {
    const link = linkOf(this.parts.net, index);
    if (backend !== 'user' || link === undefined) return;
    if (link.localEids.length > 0) return;
    this.parts.net.addLocalEid(index, EID_FIRST).catch((error: unknown) => {
      const fields = {
        ...{ link: name, network, eid: EID_FIRST, operation: 'Role' },
        cause: describeCause(error),
      };
      this.parts.log.warn('the link has no EID of ours', fields);
    });
  }
}
