import { socketOver } from '../bindings/seqpacket-connector';
import { FaultInjector } from '../bindings/wrap/faults';
import type { LoopbackBus } from '../bindings/loopback';
import { SerialBinding } from '../bindings/serial/binding';
import { SIM_BUS_MAX_MESSAGE } from '../bindings/sim-bus-wire';
import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import type { Log } from '../base/log';
import type { Binding } from '../core/binding';
import type { NativeModule } from '../os/native-module';
import { SeqpacketServer } from '../os/seqpacket-server';
import { SimBus } from './bus';
import { BridgeDevice } from './bridge-device';
import { SimDevice } from './device';
import type { DeviceProfile } from './profile';
import { openPtyPort } from './pty-port';
import type { Scenario, ScenarioBus, ScenarioFaults } from './scenario';

export interface SimulationParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Loads the native helper; asked for when a bus needs a pseudo terminal or a socket. */
  readonly native: () => NativeModule;
  /** The in-process bus of that name. */
  readonly loopback: (name: string) => LoopbackBus;
  /** Where the socket of a `sim` bus goes that names none. */
  readonly socketPath: (busName: string) => string;
}

/** Whatever sits on a bus; a bridge has further devices behind it. */
export type RunningDevice = SimDevice | BridgeDevice;

/** One bus that is up, and how a link reaches it. */
export interface RunningBus {
  readonly name: string;
  readonly kind: ScenarioBus['kind'];
  /** The tty of a `pty`, the socket of a `sim` bus, the name of a `loopback`. */
  readonly reach: string;
  readonly devices: readonly RunningDevice[];
  close(): Promise<void>;
}

/** Frames and bytes kept for a client of the unix-socket bus that does not read. */
const CLIENT_LIMITS = { frames: 64, bytes: 4 * SIM_BUS_MAX_MESSAGE };

/** All buses of a scenario, running until {@link Simulation.close}. */
export class Simulation {
  private constructor(readonly buses: readonly RunningBus[]) {}

  /** @throws MctpError when a socket or pseudo terminal cannot be had; what was started is closed again */
  static async start(scenario: Scenario, parts: SimulationParts): Promise<Simulation> {
    const buses: RunningBus[] = [];
    try {
      for (const bus of scenario.buses) buses.push(await STARTERS[bus.kind](bus, parts));
    } catch (error) {
      await Promise.all(buses.map((bus) => bus.close()));
      throw error;
    }
    return new Simulation(buses);
  }

  async close(): Promise<void> {
    await Promise.all(this.buses.map((bus) => bus.close()));
  }
}

type Starter = (bus: ScenarioBus, parts: SimulationParts) => Promise<RunningBus>;

const STARTERS: Readonly<Record<ScenarioBus['kind'], Starter>> = {
  pty: startPty,
  sim: startSocketBus,
  loopback: startLoopback,
};

async function startPty(bus: ScenarioBus, parts: SimulationParts): Promise<RunningBus> {
  const [profile] = bus.devices;
  if (profile === undefined) throw new MctpError('configuration', `bus "${bus.name}": expected one device`);
  const pty = openPtyPort(parts.native());
  // The daemon is no Linux kernel: it needs no recovery word, and the device is the one that answers.
  const options = { name: bus.name, path: pty.slavePath, baud: 115_200, peerRecovery: false };
  const binding = new SerialBinding(options, { ...parts, ports: pty.ports });
  const device = await startDevice(withFaults(binding, bus.faults, parts.clock), profile, parts.clock);
  const close = async (): Promise<void> => {
    await device.close();
    pty.close();
  };
  return { name: bus.name, kind: bus.kind, reach: pty.slavePath, devices: [device], close };
}

async function startSocketBus(bus: ScenarioBus, parts: SimulationParts): Promise<RunningBus> {
  const medium = parts.loopback(bus.name);
  const socketBus = new SimBus(medium);
  const name = bus.socket ?? parts.socketPath(bus.name);
  const server = SeqpacketServer.listen({
    ops: parts.native(),
    clock: parts.clock,
    name,
    limits: CLIENT_LIMITS,
    mode: 0o600,
    replaceStale: true,
    accept: (connection) => {
      const events = socketBus.accept(socketOver(connection));
      return { ...events, closed: () => events.closed('closed') };
    },
  });
  const { devices } = await startLoopback(bus, parts);
  const close = async (): Promise<void> => {
    server.close();
    await socketBus.close();
    await Promise.all(devices.map((device) => device.close()));
  };
  return { name: bus.name, kind: bus.kind, reach: name, devices, close };
}

async function startLoopback(bus: ScenarioBus, parts: SimulationParts): Promise<RunningBus> {
  const medium = parts.loopback(bus.name);
  const devices = await Promise.all(
    bus.devices.map((profile, at) => {
      const faults = { ...bus.faults, seed: bus.faults.seed + SEEDS_OF_ONE * at };
      const binding = withFaults(medium.attach(profile.address[0]), faults, parts.clock);
      return startDevice(binding, profile, parts.clock);
    }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(devices.map((device) => device.close()));
  };
  return { name: bus.name, kind: bus.kind, reach: bus.name, devices, close };
}

async function startDevice(binding: Binding, profile: DeviceProfile, clock: Clock): Promise<RunningDevice> {
  const device = new (profile.poolSize > 0 ? BridgeDevice : SimDevice)(binding, profile, clock);
  await device.open();
  return device;
}

/** The fault injector's two directions; another device must not meet the same faults in step. */
const SEEDS_OF_ONE = 2;

/** The same rates both ways. */
function withFaults(binding: Binding, faults: ScenarioFaults, clock: Clock): Binding {
  const { seed, ...rates } = faults;
  const isClean = Object.values(rates).every((rate) => rate === 0);
  return isClean ? binding : new FaultInjector(binding, { seed, send: rates, receive: rates }, clock);
}
