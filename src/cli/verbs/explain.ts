import { MctpError, describeError, type ErrorCode } from '../../base/errors';
import { SERVICE_NAME } from '../../base/bus-names';
import type { BusFailure } from '../../scan/bus-caller';
import { isBusFailure } from '../../scan/bus-caller';
import { ClientError } from '../../client/client-error';
import { CliError, ExitCode } from '../output/failure';
import { explainClient } from './explain-client';
import { endpointOf, where, type Subject } from './subject';

interface Rule {
  /** Without `org.freedesktop.DBus.Error.`. */
  readonly names: readonly string[];
  /** Only for messages like this. */
  readonly text?: RegExp;
  /** Instead of the message of the bus. */
  readonly what?: string;
  readonly tries: (subject: Subject) => readonly string[];
  readonly exitCode?: number;
}

const linkOf = ({ link }: Subject): string => link ?? 'LINK';
const linkShow = (subject: Subject): string => `mctpctl link show ${linkOf(subject)}`;

/** From the daemon's errors (names and texts: R-DBUS-36 ff.) and the bus daemon's to advice. The first that fits. */
const RULES: readonly Rule[] = [
  {
    names: ['ServiceUnknown', 'NameHasNoOwner'],
    what: `the daemon is not running (nobody owns ${SERVICE_NAME} on this bus)`,
    tries: () => [
      'systemctl start mctp-endpointd      (the installed daemon)',
      'npm run demo -- --keep              (simulated devices, in a checkout)',
      '--session or --address ADDRESS      (a daemon on another bus)',
    ],
    exitCode: ExitCode.unreachable,
  },
  {
    names: ['Disconnected', 'NoServer'],
    what: 'the connection to the bus was lost',
    tries: () => ['the same command again, once the bus is back'],
    exitCode: ExitCode.unreachable,
  },
  {
    names: ['AccessDenied', 'AuthFailed', 'InteractiveAuthorizationRequired'],
    what: 'the bus does not allow you to do this',
    tries: () => ['sudo mctpctl ...', 'sudo usermod -aG mctp-admin "$USER"   (then log in again)'],
  },
  {
    names: ['NoReply', 'Timeout', 'TimedOut'],
    what: 'the daemon did not answer in time',
    tries: () => ['--timeout SECONDS with a longer time', 'systemctl status mctp-endpointd'],
  },
  {
    names: ['Failed'],
    text: /did not respond/,
    tries: (subject) => [
      'is the address right, and does the device have power?',
      `${linkShow(subject)}   (do packets come in, are there errors?)`,
    ],
  },
  {
    names: ['Failed'],
    text: /replied with failure|returned failure to Set Endpoint ID/,
    tries: (subject) => [
      `mctpctl learn ${linkOf(subject)} ADDRESS   (takes the EID the device has)`,
      'the log of the daemon: journalctl -u mctp-endpointd',
    ],
  },
  {
    names: ['Failed'],
    text: /instead of assigned/,
    tries: () => ['mctpctl list, then: mctpctl remove NET:EID for an entry that is no longer true'],
  },
  {
    names: ['Failed'],
    text: /Ran out of EIDs/,
    tries: () => [
      'mctpctl list, then: mctpctl remove NET:EID for what is no longer there',
      'a wider dynamic_eid_range, or a smaller max_pool_size, in the configuration of the daemon',
    ],
  },
  {
    names: ['InvalidArgs'],
    text: /Already assigned a different EID/,
    tries: () => ['mctpctl remove NET:EID of the present EID first (see: mctpctl list)'],
  },
  {
    names: ['InvalidArgs', 'FileExists'],
    text: /Address in use|already used/,
    tries: () => [
      'another EID: mctpctl list shows those in use',
      'mctpctl assign, which gives the device a free one',
    ],
  },
  {
    names: ['InvalidArgs'],
    text: /Bad pool/,
    tries: () => ['a pool that begins right after the EID of the bridge'],
  },
  {
    names: ['InvalidArgs'],
    text: /Bad physaddr/,
    tries: (subject) => [
      'one byte such as 0x1d on an I2C link, `none` on a serial link',
      `${linkShow(subject)}   (its binding)`,
    ],
  },
  {
    names: ['Failed'],
    text: /Link is down/,
    tries: (subject) => [
      `is ${linkOf(subject)} plugged in and powered?   (mctpctl link shows which links are up)`,
      'journalctl -u mctp-endpointd   (why it is down)',
    ],
  },
  { names: ['InvalidArgs'], text: /Invalid EID/, tries: () => ['an EID from 8 to 254'] },
  {
    names: ['InvalidArgs'],
    text: /Role is already set/,
    tries: () => ['role = "unknown" for the link in the configuration; only such a role can be set later'],
  },
  {
    names: ['FileExists'],
    text: /Route exists/,
    tries: () => ['mctpctl route list, then: mctpctl route del'],
  },
  { names: ['Failed'], text: /No such route/, tries: () => ['mctpctl route list'] },
  {
    names: ['Failed'],
    text: /mctpd-local|local endpoint/,
    tries: () => ["an endpoint that is not the daemon's own: mctpctl list"],
  },
  {
    names: ['InvalidArgs'],
    text: /MTU|Invalid arguments/i,
    tries: (subject) => [`${linkShow(subject)}   (its smallest and largest MTU)`],
  },
  { names: ['UnknownObject'], tries: (subject) => [`mctpctl list   (is ${endpointOf(subject)} there?)`] },
  {
    names: ['UnknownMethod', 'UnknownInterface'],
    what: 'this daemon does not offer that',
    tries: () => ['a daemon of the same release as mctpctl: mctpctl --version'],
  },
];

/** Anything that went wrong, as a {@link CliError} with the place and with advice. */
export function explain(error: unknown, subject: Subject = {}): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ClientError) return explainClient(error, subject);
  if (!isBusFailure(error)) return explainOther(error, subject);
  const rule = RULES.find((each) => fits(each, error));
  const what = rule?.what ?? error.message;
  const tries = rule?.tries(subject) ?? ['journalctl -u mctp-endpointd   (what the daemon says)'];
  return new CliError(`${what}${where(subject)}`, tries, rule?.exitCode ?? ExitCode.failed, { cause: error });
}

function fits(rule: Rule, error: BusFailure): boolean {
  const named = rule.names.some((name) => error.errorName.endsWith(`.${name}`));
  return named && (rule.text === undefined || rule.text.test(error.message));
}

function explainOther(error: unknown, subject: Subject): CliError {
  const code = error instanceof MctpError ? error.code : undefined;
  const exitCode = code === 'bus-failed' ? ExitCode.unreachable : ExitCode.failed;
  const tries = code === undefined ? undefined : OWN_ADVICE[code];
  // What it tells of its place itself is not told twice.
  const place = error instanceof MctpError && error.context.eid !== undefined ? '' : where(subject);
  // A file has a line for each of its problems; a line break would be shown as `\x0a`, like one from the bus.
  const message = `${describeError(error).replaceAll('\n', '; ')}${place}`;
  return new CliError(message, tries ?? ['the same command with -v'], exitCode, { cause: error });
}

const OWN_ADVICE: Partial<Record<ErrorCode, readonly string[]>> = {
  'bus-failed': ['the same command again, once the bus is back'],
  'no-response': [
    '--timeout SECONDS with a longer time',
    'mctpctl recover NET:EID   (is the device still there?)',
  ],
  refused: ['mctpctl nvme info NET:EID   (what the drive is and has)'],
  'bad-response': ['the same command again', 'journalctl -u mctp-endpointd   (what the daemon says)'],
  'send-failed': [
    'mctpctl list   (are network and EID still there?)',
    'journalctl -u mctp-endpointd   (what the daemon says)',
  ],
  'not-supported': [
    'mctpctl link show LINK   (is its stack user or kernel?)',
    'journalctl -u mctp-endpointd   (what the daemon says)',
  ],
  // Only a scenario file can be wrong here.
  configuration: ['config/sim-demo.toml of the package   (a scenario that works)'],
};

/** No bus at all: nothing that a verb could have done differently. */
export function explainNoBus(error: unknown, asked: { readonly session: boolean }): CliError {
  const tries = asked.session
    ? [
        'without --session, for the system bus',
        'dbus-run-session, or DBUS_SESSION_BUS_ADDRESS   (where there is no session bus yet)',
      ]
    : [
        'systemctl status dbus   (does the system bus run?)',
        '--session or --address ADDRESS   (another bus)',
      ];
  return new CliError(describeError(error), tries, ExitCode.unreachable, { cause: error });
}
