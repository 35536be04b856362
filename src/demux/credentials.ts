import type { PeerCredentials } from '../os/credentials';

/** Who besides root and the daemon's own user is served. */
export interface AccessRule {
  readonly uids: readonly number[];
  /** Primary groups. */
  readonly gids: readonly number[];
  /** Message types these may use, 1..127; `undefined`: all. */
  readonly types: readonly number[] | undefined;
}

export interface AccessPolicy {
  /** The daemon's own user. */
  readonly ownUid: number;
  readonly rules: readonly AccessRule[];
}

export interface Access {
  /** Root or the daemon's own user: may change the EID (R-API-20). */
  readonly privileged: boolean;
  /** `undefined`: all message types. */
  readonly types: readonly number[] | undefined;
}

/**
 * What the user at the other end may do (R-DEMUX-40): abstract sockets have no permissions, everybody can connect. Of
 * several rules that name him each counts. `undefined`: nothing.
 */
export function accessOf({ uid, gid }: PeerCredentials, { ownUid, rules }: AccessPolicy): Access | undefined {
  if (uid === 0 || uid === ownUid) return { privileged: true, types: undefined };
  const named = rules.filter(({ uids, gids }) => uids.includes(uid) || gids.includes(gid));
  if (named.length === 0) return undefined;
  const hasAll = named.some(({ types }) => types === undefined);
  return { privileged: false, types: hasAll ? undefined : named.flatMap(({ types }) => types ?? []) };
}
