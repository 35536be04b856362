import type { Command } from 'commander';
import { EMPTY, toHex } from '../../base/bytes';
import type { ReceivedMessage } from '../../client/mctp-client';
import type { EndpointRecord } from '../../scan/records';
import { formatType } from '../output/format';
import { responseTimeoutMs, withChannel } from './channel';
import type { Session, VerbContext } from './context';
import { findEndpoint } from './lookup';
import { parseEndpoint, parsePayload, parseType, type EndpointRef } from './parse';

interface ReqVerbOptions {
  readonly ic?: boolean;
}

/** `mctpctl req`: any request, byte by byte, and the response to it. */
export function register(program: Command, context: VerbContext): void {
  const command = program
    .command('req')
    .description('send a raw request to an endpoint and print the response')
    .argument('<endpoint>', 'EID, NET:EID or object path', parseEndpoint)
    .argument('<type>', 'message type by name (pldm) or number', parseType)
    .argument('[hex]', 'the bytes after the type byte: 800002, 80:00:02, or none', parsePayload, EMPTY)
    .option('--ic', 'set the integrity check bit; the bytes end with the trailer then');
  command.action((ref: EndpointRef, type: number, payload: Uint8Array) =>
    context.withSession(command, async (session) => {
      const endpoint = findEndpoint(await session.inventory(), ref);
      const { ic = false } = command.opts<ReqVerbOptions>();
      const options = { timeoutMillis: responseTimeoutMs(command) };
      const response = await withChannel({ session, io: context.io }, endpoint, options, async (channel) => {
        await channel.send(type, payload, { ic });
        return channel.recv();
      });
      print(session, endpoint, response);
    }),
  );
}

function print({ printer }: Session, { network, eid }: EndpointRecord, response: ReceivedMessage): void {
  const { msgType, msgIc } = response.meta;
  const payload = toHex(response.payload);
  const value = { network, eid, type: msgType, typeName: formatType(msgType), ic: msgIc, payload };
  printer.result(value, () => printer.lines([payload]));
}
