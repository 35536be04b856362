import type { Writable } from 'node:stream';
import { createLogger as createWinston, format, transports } from 'winston';
import type { transport as Transport } from 'winston';
import { systemClock } from '../base/clock';
import type { Clock } from '../base/clock';
import type { Log, LogFields, LogLevel } from '../base/log';
import { chooseStyle, formatRecord } from './format';
import type { LineStyle, LogRecord } from './format';
import { LogFile } from './log-file';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `auto`: by where the lines go (design decision D-17). */
  readonly format: 'auto' | 'json';
  /** Appended to, created with mode 0640; absent: `stream`. */
  readonly file?: string | undefined;
  /** Default: stderr. */
  readonly stream?: LogStream;
  /** For the time of day in files, JSON and on terminals. */
  readonly clock?: Pick<Clock, 'wallTime'>;
}

export type LogStream = Writable & { readonly isTTY?: boolean };

export interface ClosableLog extends Log {
  /** Resolves when every line is written (or cannot be). Lines logged after it are dropped. Idempotent. */
  close(): Promise<void>;
}

/**
 * The only maker of loggers. A target that fails (full disk, stderr closed) loses lines, never the process.
 * @throws MctpError `configuration` where `file` cannot be opened
 */
export function createLogger(options: LoggerOptions): ClosableLog {
  const clock = options.clock ?? systemClock;
  const target = openTarget(options, clock);
  // The package's types make its built-in transports interfaces, which a class-typed parameter would not take.
  const transport = new transports.Stream({ stream: target.stream, eol: '\n' }) as unknown as Transport;
  const logger = createWinston({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: options.level,
    transports: [transport],
    format: format.printf((info) => formatRecord(info['record'] as LogRecord, target.style)),
  });
  let closing: Promise<void> | undefined;
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (closing !== undefined) return;
    // One key, since winston would join fields called `message` or `stack` with its own.
    logger.log({ level, message: '', record: { level, message, fields, time: clock.wallTime() } });
  };
  return {
    error: (message, fields) => log('error', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    info: (message, fields) => log('info', message, fields),
    debug: (message, fields) => log('debug', message, fields),
    close() {
      closing ??= new Promise<void>((resolve) => {
        transport.once('finish', resolve);
        logger.end();
      }).then(() => target.finish());
      return closing;
    },
  };
}

interface Target {
  readonly stream: Writable;
  readonly style: LineStyle;
  finish(): Promise<void>;
}

function openTarget(options: LoggerOptions, clock: Pick<Clock, 'wallTime'>): Target {
  const stream: LogStream = options.stream ?? process.stderr;
  const isFile = options.file !== undefined;
  const style = chooseStyle({ format: options.format, isFile, isTerminal: stream.isTTY === true });
  if (options.file !== undefined) return fileTarget(options.file, style, clock);
  // Without a listener a closed stderr (EPIPE) would end the daemon; there is nowhere left to tell of it.
  const ignore = (): void => undefined;
  stream.on('error', ignore);
  return {
    stream,
    style,
    finish: async () => {
      await drained(stream);
      // An error comes a turn after its write; stderr keeps its listener, as others may still write there.
      if (stream !== process.stderr) stream.off('error', ignore);
    },
  };
}

function fileTarget(path: string, style: LineStyle, clock: Pick<Clock, 'wallTime'>): Target {
  const notice = (lost: number): string => {
    const message = 'log lines were lost, the file could not be written';
    return `${formatRecord({ level: 'error', message, fields: { lost }, time: clock.wallTime() }, style)}\n`;
  };
  const stream = LogFile.open(path, notice);
  return {
    stream,
    style,
    finish: () =>
      new Promise((resolve) => {
        stream.once('close', resolve);
        stream.end();
      }),
  };
}

/** Resolves when all that was written before has left the stream, or the stream is broken. */
function drained(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.writableLength === 0) return Promise.resolve();
  // The callback of an empty write comes after those of all writes before it.
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
