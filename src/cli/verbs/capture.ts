import type { Command } from 'commander';
import { isMctpError } from '../../base/errors';
import { loadNative } from '../../os/native-module';
import { connectSeqpacket } from '../../os/seqpacket';
import type { SeqpacketConnection, SeqpacketListener } from '../../os/seqpacket-connection';
import { CliError, ExitCode } from '../output/failure';
import { openOutput, type CaptureOutput } from './capture-output';
import { Recording } from './capture-recording';
import { captureSocket } from './capture-socket';
import type { CliIo, VerbContext } from './context';

interface CaptureVerbOptions {
  readonly link?: string;
  readonly socket?: string;
}

/** We only receive. */
const NO_QUEUE = { frames: 1, bytes: 1 };
const PATIENCE_MS = 1000;

/** `mctpctl capture`: the packets of the user-space links as pcapng, until Ctrl-C. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('capture')
    .description('write the packets of the user-space links to a pcapng file, until Ctrl-C')
    .argument('<file>', 'file to write, or - for standard output')
    .option('-l, --link <NAME>', 'only the packets of this link')
    .option('--socket <NAME>', 'socket of the daemon, @ for an abstract one; absent: asked for on the bus')
    .action(async (file: string, { link, ...given }: CaptureVerbOptions, command: Command) => {
      const socket = given.socket ?? (await askedSocket(context, command));
      const printer = context.printer(command);
      const begun = (): void => printer.note('capturing; Ctrl-C ends it');
      const capture = new Capture({ file, link, begun });
      const interrupt = context.io.onInterrupt(() => capture.finish());
      try {
        await capture.run(socket, context.io);
      } finally {
        interrupt.unsubscribe();
      }
      const { packets } = capture;
      // With `-` the standard output is the capture.
      if (file === '-') printer.note(packetsText(packets));
      else printer.result({ file, packets }, () => printer.lines([packetsText(packets)]));
    });
}

/** The connection to the bus is not kept: a capture outlasts the bus. */
async function askedSocket(context: VerbContext, command: Command): Promise<string> {
  let socket = '';
  await context.withSession(command, async (session) => {
    socket = await captureSocket(session);
  });
  return socket;
}

/** One connection to the daemon and one file, which exists from the first block on. */
class Capture implements SeqpacketListener {
  private readonly recording: Recording;
  private connection: SeqpacketConnection | undefined;
  private output: CaptureOutput | undefined;
  private settle: (failure?: Error) => void = () => undefined;
  private readonly finished: Promise<void>;

  constructor(
    private readonly given: {
      readonly file: string;
      readonly link: string | undefined;
      readonly begun: () => void;
    },
  ) {
    this.recording = new Recording(given.link, (bytes) => this.write(bytes));
    this.finished = new Promise((resolve, reject) => {
      this.settle = (failure) => (failure === undefined ? resolve() : reject(failure));
    });
  }

  get packets(): number {
    return this.recording.packets;
  }

  /** Resolves when it was finished, and all that came before is in the file. @throws CliError, MctpError */
  async run(socket: string, { clock }: Pick<CliIo, 'clock'>): Promise<void> {
    const name = socket.replace(/^@/, '\0');
    const options = { clock, name, limits: NO_QUEUE, listener: this, patienceMs: PATIENCE_MS };
    try {
      this.connection = await connectSeqpacket({ ops: loadNative(), ...options });
    } catch (error) {
      throw isMctpError(error, 'unreachable') ? notServed(socket, error) : error;
    }
    try {
      await this.finished;
    } finally {
      this.connection.close();
      await this.output?.end();
    }
  }

  finish(): void {
    this.settle();
  }

  message(bytes: Uint8Array): void {
    const { hasBegun } = this.recording;
    try {
      this.recording.take(bytes);
    } catch (error) {
      this.settle(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (!hasBegun) this.given.begun();
  }

  closed(): void {
    this.settle(hungUp(this.recording));
  }

  private write(bytes: Uint8Array): void {
    this.output ??= openOutput(this.given.file, {
      drained: () => this.connection?.resume(),
      failed: () => this.finish(),
    });
    // Where the disk is slow, the queue of the daemon fills up, not our memory.
    if (!this.output.write(bytes)) this.connection?.pause();
  }
}

function notServed(socket: string, cause: unknown): CliError {
  const tries = [
    'systemctl status mctp-endpointd   (does it run on this machine?)',
    '--socket NAME   (the log of the daemon tells when its name was taken)',
  ];
  return new CliError(`nobody serves captures on ${socket}`, tries, ExitCode.unreachable, { cause });
}

function hungUp({ hasBegun, packets }: Recording): CliError {
  if (hasBegun) {
    const tries = ['journalctl -u mctp-endpointd   (did it end, or could we not keep up?)'];
    return new CliError(`the daemon ended the capture after ${packetsText(packets)}`, tries);
  }
  return new CliError('the daemon lets only root and its own user capture', ['sudo mctpctl capture FILE']);
}

function packetsText(packets: number): string {
  return packets === 1 ? '1 packet' : `${packets} packets`;
}
