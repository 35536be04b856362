#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { busAddress, isSystemBus } from '../bus/address';
import { describeError, isMctpError } from '../base/errors';
import type { Log } from '../base/log';
import { DEFAULT_FILES, loadConfig, type LoadedConfig } from '../config/load';
import type { DaemonConfig } from '../config/schema';
import { createDaemon } from '../daemon/daemon';
import { systemPlatform, type Platform } from '../daemon/platform';
import { stateDirectory, STATE_DIRECTORY } from '../daemon/state-directory';
import { packageVersion } from '../files/package-root';
import { createLogger, type ClosableLog } from '../logging/winston-logger';

const USAGE = `Usage: mctp-endpointd [-c FILE] [-v] [--session] [--state-dir DIR] [--check-config]

Finds the MCTP devices on the configured links, assigns EIDs, publishes them on D-Bus as au.com.codeconstruct.MCTP1.

  -c, --config FILE   configuration file (default: ${DEFAULT_FILES.join(', else ')}, else built-in defaults)
  -v, --verbose       log everything, packets included
      --session       use the session bus instead of the system bus
      --state-dir DIR remember assignments in DIR/state.json (default: \$STATE_DIRECTORY, else ${STATE_DIRECTORY}
                      on the system bus, else nothing is remembered)
      --check-config  check the configuration and exit
      --version       print the version and exit
  -h, --help          print this text and exit

Exit status: 0 after SIGTERM or SIGINT, 1 when the configuration is wrong, the bus cannot be used or the bus name is
taken, 255 for a command line that makes no sense.
`;

/** R-DBUS-44. */
const ExitStatus = { ok: 0, failure: 1, usage: 255 } as const;

interface Arguments {
  readonly config?: string | undefined;
  readonly verbose?: boolean | undefined;
  readonly session?: boolean | undefined;
  readonly 'state-dir'?: string | undefined;
  readonly 'check-config'?: boolean | undefined;
  readonly version?: boolean | undefined;
  readonly help?: boolean | undefined;
}

/** `undefined`: usage was printed. */
function readArguments(argv: readonly string[]): Arguments | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string', short: 'c' },
        verbose: { type: 'boolean', short: 'v' },
        session: { type: 'boolean' },
        'state-dir': { type: 'string' },
        'check-config': { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    // An unset variable in a script; not a reason to look for the default files.
    if (values.config === '') throw new Error("Option '-c, --config' needs the name of a file");
    if (values['state-dir'] === '') throw new Error("Option '--state-dir' needs the name of a folder");
    if (values.help !== true) return values;
    process.stderr.write(USAGE);
  } catch (error) {
    complain(error);
    process.stderr.write(`\n${USAGE}`);
  }
  return undefined;
}

async function main(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv);
  // Upstream's daemon exits with 255 after its help text too.
  if (given === undefined) return ExitStatus.usage;
  if (given.version === true) {
    process.stdout.write(`mctp-endpointd ${packageVersion()}\n`);
    return ExitStatus.ok;
  }
  try {
    const loaded = loadConfig({ path: given.config });
    return given['check-config'] === true ? report(loaded) : await serve(loaded, given);
  } catch (error) {
    complain(error);
    return ExitStatus.failure;
  }
}

/** A configuration error has a line for each problem. */
function complain(error: unknown): void {
  for (const line of describeError(error).split('\n')) process.stderr.write(`mctp-endpointd: ${line}\n`);
}

function report({ source, warnings, config }: LoadedConfig): number {
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const links = config.links.map(({ name }) => name).join(', ');
  process.stdout.write(
    `${source ?? 'built-in defaults'}: ok, ${links === '' ? 'no links' : `links ${links}`}\n`,
  );
  return ExitStatus.ok;
}

async function serve(loaded: LoadedConfig, given: Arguments): Promise<number> {
  const { warnings, source } = loaded;
  const config = given.verbose === true ? verbose(loaded.config) : loaded.config;
  const log = createLogger(config.log);
  try {
    return await untilStopped(log, () => {
      // Whoever reads this may send a signal at once: it is listened for by now.
      log.info('starting', { version: packageVersion(), configuration: source ?? 'built-in defaults' });
      for (const warning of warnings) log.warn(warning);
      return createDaemon(config, platform(log, given));
    });
  } catch (error) {
    const advice = isMctpError(error, 'bus-failed') ? `; ${busAdvice(given)}` : '';
    log.error(`could not start${advice}`, { cause: describeError(error) });
    return ExitStatus.failure;
  } finally {
    await log.close();
  }
}

function busAdvice({ session }: Arguments): string {
  return session === true
    ? 'start the bus (dbus-run-session gives you one), or leave out --session for the system bus'
    : 'start the bus, or name another with DBUS_SYSTEM_BUS_ADDRESS or --session';
}

function platform(log: Log, given: Arguments): Platform {
  const { env } = process;
  const address = busAddress({ env, session: given.session === true });
  const directory = stateDirectory({ option: given['state-dir'], env, isSystemBus: isSystemBus(address) });
  // Abstract names are those of the whole machine: a second daemon, for a trial, needs others.
  const socketSuffix = env['MCTP_SOCKET_SUFFIX'];
  return systemPlatform({ log, busAddress: address, stateDirectory: directory, socketSuffix });
}

function verbose(config: DaemonConfig): DaemonConfig {
  return { ...config, log: { ...config.log, level: 'debug' } };
}

/** Runs until a signal (status 0) or the loss of the bus (status 1). */
async function untilStopped(log: ClosableLog, start: () => ReturnType<typeof createDaemon>): Promise<number> {
  // For good: with `once` a second Ctrl-C, or the one that npm hands on, would kill us in the middle of the good-bye.
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
  const daemon = await Promise.race([start(), signal.then(() => undefined)]);
  // Asked to stop while still starting: nothing is published yet, so there is nothing to take back.
  if (daemon === undefined) return ExitStatus.ok;
  const lost = new Promise<number>((resolve) => {
    daemon.lost.on((error) => {
      log.error(error.message);
      resolve(ExitStatus.failure);
    });
  });
  const status = await Promise.race([lost, signal.then(() => ExitStatus.ok)]);
  await daemon.stop();
  return status;
}

main(process.argv.slice(2)).then(
  // SIGTERM ends the process at once, whatever is outstanding (D-11).
  (status) => process.exit(status),
  (error: unknown) => {
    complain(error);
    process.exit(ExitStatus.failure);
  },
);
