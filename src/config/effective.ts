import { EID_FIRST } from '../base/ids';
import type { ConfigFile } from './file';
import type { LinkTable } from './link';
import type { RoleWord } from './upstream';

/** What a link is where its own table leaves it to a default. */

export function roleOf(file: ConfigFile, link: LinkTable): RoleWord {
  return link.role ?? file.role;
}

/** A link with `upstream` has no EID of its own, it uses the one assigned to us there (R-DISC-170). */
export function eidOf(file: ConfigFile, link: LinkTable): number | undefined {
  const isOwner = roleOf(file, link) === 'bus-owner' && link.upstream === undefined;
  return link.eid ?? (isOwner ? EID_FIRST : undefined);
}

/** For comparing links: those without a number share one network, of which the file says no more (D-10). */
export function networkOf(link: LinkTable): number {
  return link.network ?? 1;
}

/** `upstream` implies forwarding on both of its links (D-10). */
export function forwardOf(file: ConfigFile, link: LinkTable): boolean {
  const isUpstream = file.link.some((each) => each.upstream === link.name);
  return link.forward ?? (link.upstream !== undefined || isUpstream);
}
