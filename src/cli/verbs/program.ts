import { Command, CommanderError, Option } from 'commander';
import { ExitCode, renderFailure } from '../output/failure';
import { Printer } from '../output/printer';
import { chooseStyle } from '../output/style';
import type { CliBus, CliIo, GlobalOptions, Verb, VerbContext } from './context';
import { explain, explainNoBus } from './explain';
import { parseTimeout } from './parse';
import { BusSession } from './session';
import { VERBS } from './table';

/** Seconds; what other clients of a system bus wait too (R-CONS-8). */
const DEFAULT_TIMEOUT_S = 25;

const AFTER_HELP = `
Exit status:
  0  done (also for a watch that was interrupted)
  1  the operation failed
  2  wrong command line
  3  the daemon or the bus cannot be reached

Examples:
  mctpctl scan --type nvme-mi
  mctpctl setup mctp-i2c1 0x1d
  mctpctl list --json | jq '.[].eid'
  mctpctl link list --kernel`;

/**
 * The whole program: reads the command line (without `node` and the script), does what it says, reports what went
 * wrong on standard error. Resolves to the exit status; never rejects.
 */
export async function run(
  argv: readonly string[],
  io: CliIo,
  verbs: readonly Verb[] = VERBS,
): Promise<number> {
  try {
    const program = createProgram(io);
    registerVerbs(program, { context: createContext(io), verbs, argv });
    adviseOnUsage(program, 'mctpctl');
    await program.parseAsync(argv, { from: 'user' });
    return ExitCode.ok;
  } catch (error) {
    // Commander has told the person already, on the way here.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const failure = explain(error);
    io.stderr.write(renderFailure(failure));
    return failure.exitCode;
  }
}

function createProgram(io: CliIo): Command {
  const program = new Command('mctpctl');
  program
    .description('Looks at and controls the MCTP endpoint manager over D-Bus, and the links of the kernel.')
    .version(io.version, '-V, --version', 'print the version')
    .option('--session', 'use the session bus')
    .addOption(new Option('--address <ADDRESS>', 'use the bus at this D-Bus address').conflicts('session'))
    .option('--json', 'print JSON')
    .option('--no-color', 'no colour (also: the environment variable NO_COLOR)')
    .option('--timeout <SECONDS>', 'wait this long for an answer', parseTimeout, DEFAULT_TIMEOUT_S)
    .option('-v, --verbose', 'tell of every call on standard error')
    .configureHelp({ showGlobalOptions: true })
    // Inherited by the verbs, which are created below.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'mctpctl: ')),
    })
    .addHelpText('after', AFTER_HELP);
  return program;
}

interface Registration {
  readonly context: VerbContext;
  readonly verbs: readonly Verb[];
  readonly argv: readonly string[];
}

/** A lazy verb that is not asked for is a line in the help, and nothing is loaded for it. */
function registerVerbs(program: Command, { context, verbs, argv }: Registration): void {
  for (const verb of verbs) {
    if (typeof verb === 'function') verb(program, context);
    else if (argv.includes(verb.name)) verb.load().register(program, context);
    else program.command(verb.name).description(verb.description);
  }
}

/** A wrong command line ends with a pointer to the help of the very verb. */
function adviseOnUsage(command: Command, path: string): void {
  command.showHelpAfterError(`try: ${path} --help`);
  for (const each of command.commands) adviseOnUsage(each, `${path} ${each.name()}`);
}

function createContext(io: CliIo): VerbContext {
  const printer = (command: Command): Printer => {
    const { json, color } = command.optsWithGlobals<GlobalOptions>();
    const style = chooseStyle({ isTerminal: io.stdout.isTerminal, wanted: color, env: io.env });
    return new Printer(io.stdout, io.stderr, style, json === true);
  };
  return {
    io,
    printer,
    async withSession(command, body) {
      const options = command.optsWithGlobals<GlobalOptions>();
      const bus = await openBus(io, options);
      try {
        await body(new BusSession(bus, io, printer(command), options));
      } finally {
        bus.close();
      }
    },
  };
}

async function openBus(io: CliIo, { address, session = false }: GlobalOptions): Promise<CliBus> {
  try {
    return await io.connect(io.busAddress({ env: io.env, session, address }));
  } catch (error) {
    throw explainNoBus(error, { session });
  }
}
