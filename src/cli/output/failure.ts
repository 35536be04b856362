import { escapeControls } from './escape';

/** Exit status of mctpctl (R-DBUS-44; docs/mctpctl.md). */
export const ExitCode = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** A failure as a person reads it: what and where, and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    /** One command line or advice each, without the word `try`. */
    readonly tries: readonly string[],
    readonly exitCode: number = ExitCode.failed,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}

/** A wrong command line that only the daemon's answer could show to be wrong. */
export function usageError(message: string, ...tries: readonly string[]): CliError {
  return new CliError(message, tries, ExitCode.usage);
}

/** `mctpctl: what (where)`, then a `try: ...` line for each advice. */
export function renderFailure(error: CliError): string {
  const lines = [`mctpctl: ${error.message}`, ...error.tries.map((each) => `try: ${each}`)];
  return `${lines.map(escapeControls).join('\n')}\n`;
}
