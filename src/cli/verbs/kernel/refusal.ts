import { Errno, errnoName } from '../../../os/errno';
import type { Ack } from '../../../os/kernel-errors';
import { CliError } from '../../output/failure';
import { where, type Subject } from '../subject';

/** A change that was asked of the kernel. */
export interface Change {
  /** `cannot add the EID` */
  readonly what: string;
  readonly subject: Subject;
  /** What an errno means here, and what to do. */
  readonly meanings: readonly (readonly [errno: number, text: string, ...tries: readonly string[]])[];
}

const DENIED: readonly number[] = [Errno.EPERM, Errno.EACCES];
const LOST: readonly number[] = [Errno.ENOBUFS, Errno.EOVERFLOW, Errno.ETIMEDOUT];

/** @throws CliError unless the kernel has done it */
export function requireDone(ack: Ack, { what, subject, meanings }: Change): void {
  const { errno, text } = ack;
  if (errno === 0) return;
  const place = where(subject);
  if (DENIED.includes(errno)) throw notPermitted(`${what}: that needs CAP_NET_ADMIN${place}`);
  const [, meaning, ...tries] = meanings.find(([each]) => each === errno) ?? [];
  if (meaning !== undefined) throw new CliError(`${meaning}${place}`, tries);
  if (errno === Errno.ENODEV) throw new CliError(`${what}: the link has just gone${place}`, [LIST]);
  if (LOST.includes(errno)) {
    const tries = [LIST, 'the same command again, unless it was done'];
    throw new CliError(`the answer of the kernel is lost; it may be done all the same${place}`, tries);
  }
  const said = text === undefined ? '' : `"${text}", `;
  throw new CliError(`${what}: the kernel does not take it (${said}${errnoName(errno)})${place}`, [LIST]);
}

const LIST = 'mctpctl link list --kernel';

export function notPermitted(message: string): CliError {
  return new CliError(message, [
    'sudo mctpctl ...',
    'AmbientCapabilities=CAP_NET_ADMIN   (in the unit of a service that runs it)',
  ]);
}
