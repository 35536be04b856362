#!/usr/bin/env node
import { createRequire } from 'node:module';
import { busAddress, reachableAddress } from '../bus/address';
import type * as Connection from '../bus/connection';
import type * as Variants from '../bus/variant';
import type * as Kernel from '../kernel/admin';
import { systemClock } from '../base/clock';
import { systemRandom } from '../base/random';
import { packageVersion } from '../files/package-root';
import { loadNative } from '../os/native-module';
import { ExitCode } from './output/failure';
import type { Sink } from './output/sink';
import type { CliIo } from './verbs/context';
import { run } from './verbs/program';

/** The D-Bus library takes longer to load than all the rest, and `--help` does not need it, nor the kernel's part. */
const load = createRequire(__filename);

/** SIGTERM is the Ctrl-C of a supervisor, SIGHUP that of a closed terminal: a simulation takes its sockets along. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

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
    openKernel: () =>
      (load('../kernel/admin') as typeof Kernel).KernelAdmin.open(loadNative(), systemClock, systemRandom),
    variant: (signature, value) => new (load('../bus/variant') as typeof Variants).Variant(signature, value),
    onInterrupt(listener) {
      for (const signal of INTERRUPTS) process.on(signal, listener);
      return {
        unsubscribe: () => {
          for (const signal of INTERRUPTS) process.off(signal, listener);
        },
      };
    },
  };
}

/** A reader that has enough (`| head`) is no failure: the program ends without a word. A full disk is one. */
function streamSink(stream: NodeJS.WriteStream): Sink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
    if (stream !== process.stderr)
      process.stderr.write(`mctpctl: cannot write the output: ${error.message}\n`);
    process.exit(ExitCode.failed);
  });
  return { isTerminal: stream.isTTY, write: (text) => stream.write(text) };
}

run(process.argv.slice(2), processIo()).then(
  (code) => {
    // Not process.exit: what has been written to a pipe must get out first.
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`mctpctl: ${String(error)}\n`);
    process.exitCode = ExitCode.failed;
  },
);
