import type { Clock, Timer } from '../base/clock';
import { describeError } from '../base/errors';
import type { Log } from '../base/log';
import { Errno, errnoName } from '../os/errno';
import type { KernelAccess } from '../os/kernel-access';
import { concernedLink } from '../os/kernel-links';
import type { NetlinkMessage, NetlinkSocket } from '../os/netlink';
import { Rtm, RTNLGRP_LINK, RTNLGRP_MCTP_IFADDR } from '../os/rtnetlink-messages';

/** A socket that fails is opened anew after this long: its error would come again at once. */
const REOPEN_MS = 1000;
const LINK_EVENTS: ReadonlySet<number> = new Set([Rtm.newLink, Rtm.delLink]);
const ADDRESS_EVENTS: ReadonlySet<number> = new Set([Rtm.newAddress, Rtm.delAddress]);
/** Events are lost: what they said, a dump tells. */
const LOSSES: ReadonlySet<number> = new Set([Errno.ENOBUFS, Errno.EMSGSIZE, Errno.EBADMSG]);

export interface MonitorParts {
  readonly access: Pick<KernelAccess, 'openNetlink'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Something may be other than it was in the last dump. */
  readonly changed: () => void;
  /** Whether the last dump had this link. */
  readonly knows: (index: number) => boolean;
}

/** Hears that links or addresses of the kernel have changed; what they are now, a dump tells. */
export class Monitor {
  private socket: NetlinkSocket | undefined;
  private reopening: Timer | undefined;
  /** Why there is none, as the log knows: what fails each second must not fill it. */
  private told: string | undefined;

  constructor(private readonly parts: MonitorParts) {}

  /** @throws MctpError `not-supported`, `internal` */
  open(): void {
    const socket = this.parts.access.openNetlink({
      message: (message) => this.heard(message),
      failed: (errno) => this.failed(errno),
    });
    try {
      for (const group of [RTNLGRP_LINK, RTNLGRP_MCTP_IFADDR]) socket.join(group);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.socket = socket;
  }

  close(): void {
    this.reopening?.cancel();
    this.socket?.close();
    this.socket = undefined;
  }

  /** Most links of a machine are none of ours, and some of them have news all the time. */
  private heard({ type, payload }: NetlinkMessage): void {
    this.told = undefined;
    if (ADDRESS_EVENTS.has(type)) this.parts.changed();
    if (!LINK_EVENTS.has(type)) return;
    const about = concernedLink(payload);
    // The last event of a link does not tell what it was.
    if (about.isMctp || this.parts.knows(about.index)) this.parts.changed();
  }

  private failed(errno: number): void {
    if (LOSSES.has(errno)) this.parts.changed();
    else this.reopen(errnoName(errno));
  }

  private reopen(cause: string): void {
    this.close();
    if (cause !== this.told) this.parts.log.error('links of the kernel are not watched', { cause });
    this.told = cause;
    this.reopening = this.parts.clock.setTimer(REOPEN_MS, () => {
      try {
        this.open();
        this.parts.changed();
      } catch (error) {
        this.reopen(describeError(error));
      }
    });
  }
}
