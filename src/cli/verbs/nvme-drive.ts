import type { Command } from 'commander';
import { MessageType } from '../../base/ids';
import type { NvmeMiEndpoint } from '../../nvme-mi/endpoint';
import { NvmeMiRoot } from '../../scan/nvme-mi-scan';
import type { EndpointRecord } from '../../scan/records';
import { CliError } from '../output/failure';
import type { Printer } from '../output/printer';
import { responseTimeoutMs } from './channel';
import type { Session, VerbContext } from './context';
import { findEndpoint } from './lookup';
import type { EndpointRef } from './parse';

/** What a verb does with one drive. */
export interface DriveVerb<T> {
  readonly read: (drive: NvmeMiEndpoint) => Promise<T>;
  readonly show: (printer: Printer, record: EndpointRecord, value: T) => void;
}

/** Reads from a drive, then shows it; what fails is explained, and the connection is closed. */
export function withDrive<T>(
  context: VerbContext,
  command: Command,
  ref: EndpointRef,
  { read, show }: DriveVerb<T>,
): Promise<void> {
  return context.withSession(command, async (session) => {
    const record = findEndpoint(await session.inventory(), ref);
    const { network, eid } = record;
    if (!record.types.includes(MessageType.nvmeMi)) {
      throw new CliError(`${network}:${eid} does not support NVMe-MI`, ['mctpctl nvme list']);
    }
    const value = await session.attempt(`reading drive ${network}:${eid}`, { network, eid }, async () => {
      await using root = openDrives([record], { session, context, command });
      const [drive] = root.endpoints;
      return drive === undefined ? undefined : await read(await drive.open());
    });
    if (value !== undefined) show(session.printer, record, value);
  });
}

/** The drives of a verb, with its time limit. */
export function openDrives(
  records: readonly EndpointRecord[],
  { session, context, command }: { session: Session; context: VerbContext; command: Command },
): NvmeMiRoot {
  const { clock } = context.io;
  return new NvmeMiRoot(records, {
    bus: session.bus,
    clock,
    limits: { timeoutMs: responseTimeoutMs(command) },
  });
}
