import type { Command } from 'commander';
import type { VerbContext } from './context';

/** `mctpctl rescan`: let the daemon look for its configured and point-to-point devices at once. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('rescan')
    .description('look for the configured devices again, now')
    .action((_options: unknown, command: Command) =>
      context.withSession(command, async (session) => {
        await session.attempt('asking for a rescan', {}, () => session.manager.rescan());
        session.printer.result({ started: true }, () =>
          session.printer.lines(['started; `mctpctl scan --watch` shows what is found']),
        );
      }),
    );
}
