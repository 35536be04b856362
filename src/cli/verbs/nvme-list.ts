import type { Command } from 'commander';
import { MessageType } from '../../base/ids';
import { describeCause } from '../../base/errors';
import { readSubsystemReport, type SubsystemReport } from '../../nvme-mi/subsystem-report';
import type { NvmeMiDrive } from '../../scan/nvme-mi-scan';
import { matches } from '../../scan/inventory';
import { driveJson } from '../output/nvme-json';
import { printDrives, type DriveRow } from '../output/nvme-table';
import type { VerbContext } from './context';
import { openDrives } from './nvme-drive';
import { parseNetwork } from './parse';

/** `mctpctl nvme list`: every drive with its label and its health in one line. All are asked at once. */
export function register(nvme: Command, context: VerbContext): void {
  nvme
    .command('list')
    .description('all drives as a table')
    .option('-n, --network <N>', 'only this network', parseNetwork)
    .action((options: { network?: number }, command: Command) =>
      context.withSession(command, async (session) => {
        const { endpoints } = await session.inventory();
        const filter = { messageType: MessageType.nvmeMi, network: options.network };
        const records = endpoints.filter((each) => matches(each, filter));
        const rows = await session.attempt(`reading ${records.length} drives`, {}, async () => {
          await using root = openDrives(records, { session, context, command });
          return await Promise.all(root.endpoints.map(rowOf));
        });
        for (const { record, failure } of rows) {
          if (failure !== undefined) session.printer.note(`${record.network}:${record.eid}: ${failure}`);
        }
        session.printer.result(rows.map(driveJson), () => {
          if (rows.length > 0) printDrives(session.printer, rows);
          else session.printer.note('no drives; `mctpctl list` shows all endpoints');
        });
      }),
    );
}

/** A drive that does not answer is a row all the same. */
async function rowOf(drive: NvmeMiDrive): Promise<DriveRow> {
  try {
    const report: SubsystemReport = await readSubsystemReport(await drive.open(), { controllerLimit: 1 });
    return { record: drive, report, failure: undefined };
  } catch (error) {
    return { record: drive, report: undefined, failure: describeCause(error) };
  }
}
