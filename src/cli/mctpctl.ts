#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { busAddress, reachableAddress } from '../bus/address';
import type * as Connection from '../bus/connection';
import type * as Variants from '../bus/variant';
import { systemClock } from '../base/clock';
import type { Sink } from './output/sink';
import type { CliIo } from './verbs/context';
import { run } from './verbs/program';

/** The D-Bus library takes longer to load than all the rest, and `--help` does not need it. */
const load = createRequire(__filename);

function processIo(): CliIo {
  return {
    stdout: streamSink(process.stdout),
    stderr: streamSink(process.stderr),
    env: process.env,
    clock: systemClock,
    version: packageVersion(),
    busAddress: ({ env, session, address }) =>
      address === undefined ? busAddress({ env, session }) : reachableAddress(address),
    connect: (address) => (load('../bus/connection') as typeof Connection).connectBus(address),
    variant: (signature, value) => new (load('../bus/variant') as typeof Variants).Variant(signature, value),
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      return { unsubscribe: () => process.off('SIGINT', listener) };
    },
  };
}

/** A reader that has enough (`| head`) is no failure: the program ends without a word. */
function streamSink(stream: NodeJS.WriteStream): Sink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return { isTerminal: stream.isTTY, write: (text) => stream.write(text) };
}

/** Of the package this file is in, compiled or not. */
function packageVersion(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file))
      return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? '?';
  }
  return '?';
}

run(process.argv.slice(2), processIo()).then(
  (code) => {
    // Not process.exit: what has been written to a pipe must get out first.
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`mctpctl: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
