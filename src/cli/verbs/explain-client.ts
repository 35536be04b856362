import { MctpError, describeError } from '../../base/errors';
import type { ClientError, FailureName } from '../../client/client-error';
import { CliError, ExitCode } from '../output/failure';
import { endpointOf, where, type Subject } from './subject';

interface Advice {
  /** Instead of the name of the code. */
  readonly what?: string;
  readonly tries: (subject: Subject) => readonly string[];
  readonly exitCode?: number;
}

const BY_CODE: Readonly<Record<FailureName, Advice>> = {
  TimedOut: {
    what: 'no response in time',
    tries: (subject) => [
      `mctpctl show ${endpointOf(subject)}   (does it support the message type?)`,
      `mctpctl recover ${endpointOf(subject)}   (is it still there?)`,
      '--timeout SECONDS with a longer time',
    ],
  },
  NoSpace: {
    tries: () => [
      'the same command again: others have all the tags of the endpoint, or the message is too long',
    ],
  },
  ServerRestarted: {
    what: 'the daemon ended during the request',
    tries: () => ['the same command again, once the daemon is back', 'systemctl status mctp-endpointd'],
    exitCode: ExitCode.unreachable,
  },
  AddrInUse: { tries: () => ['the same command again, later'] },
  BadArgument: { tries: () => ['mctpctl list   (are network and EID still there?)'] },
  InternalError: {
    tries: (subject) => [
      `mctpctl route, mctpctl show ${endpointOf(subject)}   (is there a way to it?)`,
      'journalctl -u mctp-endpointd   (what the daemon says)',
    ],
  },
};

/** Reasons behind an internal error that there is something to do about. */
const BY_CAUSE: Readonly<Record<string, Advice>> = {
  refused: {
    what: 'the daemon serves messages only to root, its own user, and whom its configuration lists',
    tries: () => ['sudo mctpctl ...', '[[demux.allow]] with your uid in the configuration of the daemon'],
  },
  unreachable: {
    what: 'the client socket of the daemon cannot be reached',
    tries: () => [
      'mctpctl on the machine of the daemon: messages do not go over D-Bus',
      'systemctl status mctp-endpointd',
    ],
    exitCode: ExitCode.unreachable,
  },
};

/** A failure of a client of the stack, as a person reads it. */
export function explainClient(error: ClientError, subject: Subject): CliError {
  const { cause } = error;
  const advice = (cause instanceof MctpError ? BY_CAUSE[cause.code] : undefined) ?? BY_CODE[error.codeName];
  const message = `${advice.what ?? describeError(error)}${where(subject)}`;
  return new CliError(message, advice.tries(subject), advice.exitCode ?? ExitCode.failed, { cause: error });
}
