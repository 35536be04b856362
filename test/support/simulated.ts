import { LoopbackBuses } from '../../src/bindings/loopback';
import { systemClock } from '../../src/base/clock';
import type { Clock } from '../../src/base/clock';
import { nullLog } from '../../src/base/log';
import { loadNative } from '../../src/os/native-module';
import { BridgeDevice } from '../../src/sim/bridge-device';
import { parseScenario } from '../../src/sim/scenario';
import { Simulation } from '../../src/sim/simulation';
import type { RunningBus } from '../../src/sim/simulation';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The devices of a scenario, as a scenario file would have them: `await using sim = await Simulated.start([...])`. */
export class Simulated implements AsyncDisposable {
  private constructor(private readonly simulation: Simulation | undefined) {}

  static async start(
    buses: readonly object[],
    given: { readonly clock?: Clock; readonly loopback?: LoopbackBuses } = {},
  ): Promise<Simulated> {
    if (buses.length === 0) return new Simulated(undefined);
    const loopback = given.loopback ?? new LoopbackBuses();
    const simulation = await Simulation.start(parseScenario({ bus: buses }, 'scenario'), {
      clock: given.clock ?? systemClock,
      log: nullLog,
      native: loadNative,
      loopback: loopback.of,
      socketPath: (name) => join(tmpdir(), `mctp-test-${process.pid}-${name}.socket`),
    });
    return new Simulated(simulation);
  }

  bus(name: string): RunningBus {
    const found = this.simulation?.buses.find((bus) => bus.name === name);
    if (found === undefined) throw new Error(`the scenario has no bus ${name}`);
    return found;
  }

  /** The first bridge of a bus. */
  bridge(name: string): BridgeDevice {
    const found = this.bus(name).devices.find((device) => device instanceof BridgeDevice);
    if (found === undefined) throw new Error(`bus ${name} has no bridge`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulation?.close();
  }
}
