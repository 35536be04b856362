import { type ErrorCode, type ErrorContext, isMctpError, MctpError } from '../base/errors';
import { MessageType } from '../base/ids';
import { Errno, osError } from './errno';

/** How the kernel answered a change: 0 or a positive errno, and what it says about it (NETLINK_EXT_ACK). */
export interface Ack {
  readonly errno: number;
  readonly text?: string | undefined;
}

/** Which error an errno of `sendto` is, and what it means there (kernel.md names each; unlisted: `send-failed`). */
const SEND: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [Errno.EHOSTUNREACH, ['unreachable', 'no route to the EID, or the link has no EID of its own']],
  [Errno.EINVAL, ['unreachable', 'the kernel does not take the address; the link may be gone']],
  [Errno.ENODEV, ['link-down', 'the link is gone']],
  [Errno.ENOENT, ['unreachable', 'nobody listens at this EID of our own']],
  [Errno.EBUSY, ['no-free-tag', 'all tags to this endpoint are in use']],
  [Errno.ENOBUFS, ['queue-full', 'the transmit queue of the link is full; the message is lost']],
  [Errno.EAGAIN, ['queue-full', 'the message does not fit into the send buffer of the socket']],
  [Errno.EOPNOTSUPP, ['not-supported', 'this kernel allocates tags in its default network only']],
  [Errno.EMSGSIZE, ['message-too-long', 'the kernel does not take a message of this length']],
]);

/** What a change was refused with, where the caller makes nothing else of it (unlisted: `internal`). */
const CHANGE: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [Errno.ENODEV, ['unknown-link', 'the link is gone']],
  [Errno.EHOSTUNREACH, ['unreachable', 'the kernel has no route to it']],
  [Errno.EINVAL, ['invalid-arguments', 'the kernel does not take it']],
  [Errno.EOPNOTSUPP, ['not-supported', 'this kernel cannot do it']],
  [Errno.ENOBUFS, ['internal', 'the answer of the kernel is lost, try again']],
  [Errno.ETIMEDOUT, ['internal', 'the kernel does not answer, try again']],
]);

/** @param result the negative errno of `sendto` or of a tag ioctl */
export function sendFailure(result: number, where: ErrorContext): MctpError {
  if (isDenied(-result)) return notPermitted('sending MCTP messages', 'CAP_NET_RAW', -result, where);
  const [code, text] = SEND.get(-result) ?? ['send-failed', 'the kernel did not send the message'];
  return osError(code, text, result, where);
}

/** @param what "cannot add the route" */
export function changeFailure({ errno, text }: Ack, what: string, where: ErrorContext): MctpError {
  if (isDenied(errno)) return notPermitted(`${what}: it`, 'CAP_NET_ADMIN', errno, where);
  const [code, meaning] = CHANGE.get(errno) ?? ['internal', 'the kernel refused'];
  const said = text === undefined ? '' : ` ("${text}")`;
  return osError(code, `${what}: ${meaning}${said}`, errno, where);
}

/**
 * Why requests of a type cannot be heard, and what to do about it.
 * @param error what opening or binding the socket threw
 */
export function bindFailure(error: unknown, messageType: number): unknown {
  if (!isMctpError(error, 'name-taken', 'refused')) return error;
  const context = { messageType };
  if (error.code === 'refused') {
    const capability = 'CAP_NET_BIND_SERVICE';
    const text = `binding a message type needs ${capability}, give it to the program or its service`;
    return new MctpError('not-permitted', text, { ...context, capability }, { cause: error });
  }
  const text =
    messageType === MessageType.control
      ? 'another program answers control requests for the kernel (mctpd?); end that one'
      : 'another program has bound the message type in the kernel; end that one, or leave the type to it';
  return new MctpError('name-taken', text, context, { cause: error });
}

function isDenied(errno: number): boolean {
  return errno === Errno.EACCES || errno === Errno.EPERM;
}

function notPermitted(what: string, capability: string, errno: number, where: ErrorContext): MctpError {
  const text = `${what} needs ${capability}, give it to the service`;
  return osError('not-permitted', text, errno, { ...where, capability });
}
