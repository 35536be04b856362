import type { Command } from 'commander';
import { EMPTY, toHex } from '../../base/bytes';
import { formatType } from '../output/format';
import { responseTimeoutMs, withChannel } from './channel';
import type { VerbContext } from './context';
import { findEndpoint } from './lookup';
import { parseEndpoint, parsePayload, parseType, type EndpointRef } from './parse';

interface ReqVerbOptions {
  readonly ic?: boolean;
}

/** `mctpctl req`: any request, byte by byte, and the response to it. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('req')
    .description('send a raw request to an endpoint and print the response')
    .argument('<endpoint>', 'EID, NET:EID or object path', parseEndpoint)
    .argument('<type>', 'message type by name (pldm) or number', parseType)
    .argument('[hex]', 'the bytes after the type byte: 800002, 80:00:02, or none', parsePayload, EMPTY)
    .option('--ic', 'set the integrity check bit; the bytes end with the trailer then')
    .action(
      (ref: EndpointRef, type: number, payload: Uint8Array, options: ReqVerbOptions, command: Command) =>
        context.withSession(command, async (session) => {
          const endpoint = findEndpoint(await session.inventory(), ref);
          const timing = { timeoutMillis: responseTimeoutMs(command) };
          const response = await withChannel(
            { session, io: context.io },
            endpoint,
            timing,
            async (channel) => {
              await channel.send(type, payload, { ic: options.ic === true });
              return channel.recv();
            },
          );
          const { msgType, msgIc } = response.meta;
          const hex = toHex(response.payload);
          const { network, eid } = endpoint;
          const value = {
            network,
            eid,
            type: msgType,
            typeName: formatType(msgType),
            ic: msgIc,
            payload: hex,
          };
          session.printer.result(value, () => session.printer.lines([hex]));
        }),
    );
}
