import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { LoopbackBuses } from '../../bindings/loopback';
import { MctpError } from '../../base/errors';
import { nullLog } from '../../base/log';
import { parseToml } from '../../files/toml';
import { loadNative } from '../../os/native-module';
import { parseScenario, type Scenario } from '../../sim/scenario';
import { Simulation, type RunningBus } from '../../sim/simulation';
import type { Json } from '../output/json';
import type { CliIo, VerbContext } from './context';
import { interruption } from './interruption';

/** `mctpctl sim SCENARIO`: simulated devices, until Ctrl-C. */
export function register(program: Command, context: VerbContext): void {
  program
    .command('sim')
    .description('simulate the devices of a scenario file until Ctrl-C; prints the links to configure')
    .argument('<SCENARIO>', 'scenario file, for example config/sim-demo.toml')
    .action(async (file: string, _options: unknown, command: Command) => {
      const scenario = readScenario(file);
      // Before there is a socket that an early signal would leave behind.
      const interrupted = interruption(context.io);
      const simulation = await startSimulation(scenario, context.io);
      const printer = context.printer(command);
      printer.result({ buses: simulation.buses.map(describeBus) }, () => {
        printer.lines(linkSnippets(simulation.buses));
      });
      await interrupted;
      await simulation.close();
    });
}

/** @throws MctpError `configuration` */
export function readScenario(file: string): Scenario {
  return parseScenario(parseToml(readScenarioText(file), file), file);
}

export function startSimulation(scenario: Scenario, io: Pick<CliIo, 'clock'>): Promise<Simulation> {
  return Simulation.start(scenario, {
    clock: io.clock,
    log: nullLog,
    native: loadNative,
    loopback: new LoopbackBuses().of,
    socketPath: (name) => join(tmpdir(), `mctp-sim-${process.pid}-${name}.socket`),
  });
}

/** `[[link]]` tables, ready to be pasted into a configuration file of the daemon. */
export function linkSnippets(buses: readonly RunningBus[]): string[] {
  return buses.flatMap((bus) => {
    const head = ['[[link]]', `name = "${bus.name}"`];
    switch (bus.kind) {
      case 'pty':
        return [...head, 'binding = "serial"', `path = "${bus.reach}"`, ''];
      case 'sim':
        return [
          ...head,
          'binding = "sim"',
          `socket = "${bus.reach}"`,
          ...bus.devices.flatMap(endpointSnippet),
          '',
        ];
      case 'loopback':
        return [`# bus "${bus.name}" is a loopback: it exists inside one process only`, ''];
    }
  });
}

function endpointSnippet({ profile }: RunningBus['devices'][number]): string[] {
  return ['[[link.endpoint]]', `address = [${[...profile.address].join(', ')}]  # ${profile.name}`];
}

function describeBus({ name, kind, reach, devices }: RunningBus): Json {
  return {
    name,
    kind,
    reach,
    devices: devices.map(({ profile }) => ({ name: profile.name, address: [...profile.address] })),
  };
}

function readScenarioText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MctpError('configuration', `cannot read the scenario ${file}`, {}, { cause });
  }
}
