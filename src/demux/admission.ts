import type { Clock } from '../base/clock';
import type { Log } from '../base/log';
import type { PeerCredentials } from '../os/credentials';
import type { Census } from './census';
import { accessOf, type Access, type AccessPolicy } from './credentials';
import { Seldom } from './seldom';

export interface AdmissionParts {
  readonly policy: AccessPolicy;
  readonly census: Census;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
}

/** Who is let in (R-DEMUX-40, R-DEMUX-42). The refused are told nothing; the log is, now and then. */
export class Admission {
  private readonly refusals: Seldom;

  constructor(private readonly parts: AdmissionParts) {
    this.refusals = new Seldom(parts.clock);
  }

  /** Takes a place, which {@link leave} gives back. `undefined`: refused. */
  enter(credentials: PeerCredentials): Access | undefined {
    const { policy, census, log } = this.parts;
    const { pid, uid, gid } = credentials;
    const access = accessOf(credentials, policy);
    if (access !== undefined && census.enter(uid)) return access;
    const cause = access === undefined ? 'its user is not allowed' : 'there are too many';
    this.refusals.say((suppressed) => log.warn('refused a client', { cause, pid, uid, gid, suppressed }));
    return undefined;
  }

  leave({ uid }: PeerCredentials): void {
    this.parts.census.leave(uid);
  }
}
