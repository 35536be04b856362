import type { Command } from 'commander';
import { identifyController } from '../../nvme-mi/commands/identify';
import { readSubsystemReport } from '../../nvme-mi/subsystem-report';
import { healthFields, identityFields, infoFields, logLines, printFields } from '../output/nvme-fields';
import { healthJson, identityJson, infoJson, logJson } from '../output/nvme-json';
import type { VerbContext } from './context';
import { withDrive } from './nvme-drive';
import { register as registerList } from './nvme-list';
import { parseByte, parseController, parseEndpoint, parseLogLength, type EndpointRef } from './parse';

interface ControllerOption {
  readonly controller: number;
}

interface LogOptions extends ControllerOption {
  readonly length: number;
}

/** `mctpctl nvme ...`: what drives tell over NVMe-MI. Reading clears nothing and changes nothing. */
export function register(program: Command, context: VerbContext): void {
  const nvme = program.command('nvme').description('drives, over NVMe-MI: list, info, health, identify, log');
  registerList(nvme, context);
  registerInfo(nvme, context);
  registerHealth(nvme, context);
  registerIdentify(nvme, context);
  registerLog(nvme, context);
}

function onDrive(nvme: Command, name: string, description: string): Command {
  const command = nvme.command(name).description(description);
  return command.argument('<endpoint>', 'EID, NET:EID or object path', parseEndpoint);
}

function registerInfo(nvme: Command, context: VerbContext): void {
  onDrive(nvme, 'info', 'version, ports and controllers of a drive').action(
    (ref: EndpointRef, _options: unknown, command: Command) =>
      withDrive(context, command, ref, {
        read: (drive) => readSubsystemReport(drive),
        show: (printer, record, report) =>
          printer.result(infoJson(record, report), () => printFields(printer, record, infoFields(report))),
      }),
  );
}

function registerHealth(nvme: Command, context: VerbContext): void {
  onDrive(nvme, 'health', 'temperature, wear, spare and warnings of a drive').action(
    (ref: EndpointRef, _options: unknown, command: Command) =>
      withDrive(context, command, ref, {
        read: (drive) => readSubsystemReport(drive),
        show: (printer, record, report) =>
          printer.result(healthJson(record, report), () =>
            printFields(printer, record, healthFields(report)),
          ),
      }),
  );
}

function registerIdentify(nvme: Command, context: VerbContext): void {
  onDrive(nvme, 'identify', 'who made a controller, and what is on its label')
    .option('-c, --controller <ID>', 'controller ID', parseController, 0)
    .action((ref: EndpointRef, { controller }: ControllerOption, command: Command) =>
      withDrive(context, command, ref, {
        read: (drive) => drive.admin(controller, identifyController, {}),
        show: (printer, record, identity) =>
          printer.result(identityJson(record, { controller, ...identity }), () =>
            printFields(printer, record, identityFields(identity)),
          ),
      }),
    );
}

function registerLog(nvme: Command, context: VerbContext): void {
  onDrive(nvme, 'log', 'a log page of a controller, in hex')
    .argument('[lid]', 'log page identifier 0..255', parseByte, 0x02)
    .option('-c, --controller <ID>', 'controller ID', parseController, 0)
    .option('--length <BYTES>', 'how much of it, a multiple of 4', parseLogLength, 512)
    .action((ref: EndpointRef, log: number, options: LogOptions, command: Command) => {
      const { controller, length } = options;
      return withDrive(context, command, ref, {
        read: (drive) => drive.controller(controller).logPage({ log, length }),
        show: (printer, record, data) =>
          printer.result(logJson(record, { controller, log, data }), () => printer.lines(logLines(data))),
      });
    });
}
