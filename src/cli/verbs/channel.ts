import type { Command } from 'commander';
import type { StackReqChannel } from '../../client/channels';
import { EndpointMaker } from '../../scan/endpoint';
import type { EndpointRecord } from '../../scan/records';
import { DEFAULT_TIMEOUT_MS, type OpenOptions } from '../../scan/shared-stacks';
import type { CliIo, GlobalOptions, Session } from './context';

/** How long a response may take, milliseconds: `--timeout` if given, else less than a call of the daemon may. */
export function responseTimeoutMs(command: Command): number {
  const { timeout } = command.optsWithGlobals<GlobalOptions>();
  const isDefault = command.getOptionValueSourceWithGlobals('timeout') === 'default';
  return isDefault ? DEFAULT_TIMEOUT_MS : Math.max(1, Math.round(timeout * 1000));
}

/** Runs `body` with a channel to an endpoint, and closes it whatever happens. */
export async function withChannel<T>(
  { session, io }: { readonly session: Session; readonly io: Pick<CliIo, 'clock'> },
  endpoint: EndpointRecord,
  options: OpenOptions,
  body: (channel: StackReqChannel) => Promise<T>,
): Promise<T> {
  const { network, eid } = endpoint;
  return session.attempt(`waiting for ${network}:${eid}`, { network, eid }, async () => {
    await using channel = await new EndpointMaker(session.bus, io.clock).make(endpoint).open(options);
    return await body(channel);
  });
}
