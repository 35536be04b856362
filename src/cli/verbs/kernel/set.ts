import { Option, type Command } from 'commander';
import type { LinkChange } from '../../../os/kernel-links';
import { usageError } from '../../output/failure';
import type { VerbContext } from '../context';
import { parseLinkMtu, parseNetwork } from '../parse';
import { setLink } from './links';
import { acceptKernel, withKernel } from './with-kernel';

interface SetOptions extends Pick<LinkChange, 'network' | 'mtu'> {
  readonly up?: true;
  readonly down?: true;
}

/** `mctpctl link set`: those of the kernel only; the daemon's own have everything from its configuration. */
export function registerSet(link: Command, context: VerbContext): void {
  const set = link
    .command('set')
    .description('change a link of the kernel; a running daemon follows')
    .argument('<link>', 'name of the link')
    .addOption(new Option('--up', 'let packets pass').conflicts('down'))
    .option('--down', 'let none pass; EIDs and routes stay')
    .option('-n, --network <N>', 'put it into this network, with its EIDs and routes', parseNetwork)
    .option('-m, --mtu <N>', 'packet bytes, their 4 header bytes included', parseLinkMtu)
    .action((name: string, { up, down, ...given }: SetOptions, command: Command) => {
      const change = { ...given, ...(up ? { up: true } : {}), ...(down ? { up: false } : {}) };
      if (Object.keys(change).length === 0) {
        throw usageError(
          'nothing to set',
          `mctpctl link set ${name} --up   (or --down, --network N, --mtu N)`,
        );
      }
      return withKernel(context, command, (session) => setLink(session, name, change));
    });
  acceptKernel(set);
}
