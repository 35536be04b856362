import { MctpError } from '../base/errors';
import { Errno, osError } from './errno';
import type { NativeModule } from './native-module';

/** Line discipline of the kernel's MCTP over serial (DSP0253). */
export const N_MCTP = 28;

/** Raw 8N1 without echo and flow control; `baud` 0 leaves the speed alone. Throws MctpError 'not-supported' off a tty. */
export function setRaw(ops: Pick<NativeModule, 'setRaw'>, fd: number, baud = 0): void {
  const result = ops.setRaw(fd, baud);
  if (-result === Errno.ENOTTY) throw osError('not-supported', 'this device is not a terminal line', result);
  if (-result === Errno.EINVAL)
    throw osError('configuration', `this line cannot do ${baud} baud`, result, { baud });
  if (result < 0) throw osError('internal', 'cannot set up a terminal line', result);
}

/**
 * Attaches a line discipline for as long as the terminal stays open.
 * @throws MctpError 'not-supported' (EINVAL: the kernel has no such discipline; ENOTTY), 'refused' (needs CAP_NET_ADMIN).
 */
export function setLineDiscipline(
  ops: Pick<NativeModule, 'setLineDiscipline'>,
  fd: number,
  discipline: number,
): void {
  const result = ops.setLineDiscipline(fd, discipline);
  if (result >= 0) return;
  const name = discipline === N_MCTP ? 'N_MCTP' : `line discipline ${discipline}`;
  switch (-result) {
    case Errno.EINVAL:
      throw new MctpError(
        'not-supported',
        `this kernel has no ${name}; load the mctp-serial module, or use the user-space serial binding`,
        { errno: -result },
      );
    case Errno.ENOTTY:
      throw osError('not-supported', 'this device is not a terminal line', result);
    case Errno.EPERM:
      throw osError('refused', `attaching ${name} needs CAP_NET_ADMIN`, result);
    default:
      throw osError('internal', `cannot attach ${name}`, result);
  }
}
