import { loadConfig } from '../../src/config/load';
import { createDaemon } from '../../src/daemon/daemon';
import type { Daemon } from '../../src/daemon/daemon';
import type { SerialPortFactory } from '../../src/bindings/serial/port';
import type { Binding } from '../../src/core/binding';
import type { Log, LogFields } from '../../src/base/log';
import type { PrivateBus } from './private-bus';
import { Program } from './program';
import { RawDevice } from './raw-device';
import { LoopbackBus, LoopbackBuses } from '../../src/bindings/loopback';
import { Simulated } from './simulated';
import { TempFolder } from './temp-folder';
import type { FakeKernel } from './fake-kernel/fake-kernel';
import { idle, TestClock } from './test-clock';
import { testPlatform } from './test-platform';

/** The name of a sim or pty link and what `[[link]]` says of it. */
export function linkTable(name: string, keys: Readonly<Record<string, string | number | boolean>>): string {
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return ['[[link]]', `name = "${name}"`, ...lines, ''].join('\n');
}

/** The program as it is installed, on a bus of its own, ready to be called. */
export class DaemonProcess implements AsyncDisposable {
  private constructor(
    readonly program: Program,
    private readonly folder: TempFolder,
  ) {}

  /** Waits until it owns the name. */
  static async start(
    bus: PrivateBus,
    configuration: string,
    args: readonly string[] = [],
  ): Promise<DaemonProcess> {
    const folder = new TempFolder();
    const path = folder.write('mctp-endpointd.toml', configuration);
    const env = { DBUS_SYSTEM_BUS_ADDRESS: bus.address };
    const daemon = new DaemonProcess(Program.start('mctp-endpointd', ['-c', path, ...args], { env }), folder);
    try {
      await daemon.program.says('ready name=');
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
    return daemon;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** Where a daemon beside another one is on the buses of both. */
export const SECOND_DAEMON = 0x11;

/** One line of the log: level, message, fields. */
export type LogLine = readonly [level: string, message: string, fields: LogFields];

/**
 * The daemon inside this process with the devices of a scenario: time is virtual, its links are loopbacks, everything
 * else is real, the bus included.
 */
export class VirtualDaemon implements AsyncDisposable {
  private readonly others: Simulated[] = [];

  private constructor(
    private readonly daemon: Daemon,
    readonly log: readonly LogLine[],
    readonly devices: Simulated,
    private readonly medium: {
      readonly clock: TestClock;
      readonly loopback: LoopbackBuses;
      readonly isOwn: boolean;
    },
  ) {}

  static async start(
    bus: PrivateBus,
    given: {
      readonly configuration: string;
      readonly buses: readonly object[];
      /** Another one in the same time and on the same loopback buses, at whose address it is not. */
      readonly beside?: VirtualDaemon;
      /** Metrics on a free port of loopback, which the log tells: a file cannot ask for port 0. */
      readonly metrics?: boolean;
      /** A kernel with MCTP, in the same time; its links may be on the same loopback buses. */
      readonly kernel?: (around: {
        readonly clock: TestClock;
        readonly loopback: LoopbackBuses;
      }) => Promise<FakeKernel>;
      /** Serial lines and the time they live in. */
      readonly serial?: { readonly ports: SerialPortFactory; readonly clock: TestClock };
    },
  ): Promise<VirtualDaemon> {
    using folder = new TempFolder();
    const loaded = loadConfig({ path: folder.write('mctp-endpointd.toml', given.configuration) }).config;
    const listen = given.metrics === true ? { host: '127.0.0.1', port: 0 } : undefined;
    const config = listen === undefined ? loaded : { ...loaded, metrics: { listen } };
    const { clock, loopback } = given.beside?.medium ?? {
      clock: given.serial?.clock ?? new TestClock(),
      loopback: new LoopbackBuses(),
    };
    const devices = await Simulated.start(given.buses, { clock, loopback });
    const lines: LogLine[] = [];
    const kernel = await given.kernel?.({ clock, loopback });
    const platform = {
      ...testPlatform({ log: recorder(lines), busAddress: bus.socketAddress }),
      clock,
      loopback: given.beside === undefined ? loopback.of : (name: string) => new NextDoor(loopback.of(name)),
      ...(kernel === undefined ? {} : { datagrams: () => kernel.ops, sysfs: kernel.sysfs }),
      ...(given.serial === undefined ? {} : { serialPorts: given.serial.ports }),
    };
    const medium = { clock, loopback, isOwn: given.beside === undefined };
    return new VirtualDaemon(await createDaemon(config, platform), lines, devices, medium);
  }

  get clock(): TestClock {
    return this.medium.clock;
  }

  /** A device that does nothing by itself, at an address of a bus. */
  attach(name: string, address: number): Promise<RawDevice> {
    return RawDevice.open(this.port(name, address));
  }

  /** The place of a device at an address of a bus. */
  port(name: string, address: number): Binding {
    return this.medium.loopback.of(name).attach(address);
  }

  /**
   * Lets virtual time pass while something on the real bus is waited for. Time moves in steps, and before each step the
   * bus gets the turns it needs, so that nothing seems later than it is by more than a step.
   */
  async settle<T>(promise: Promise<T>, stepMs = 20, limitMs = 600_000): Promise<T> {
    const outcome = { decided: false };
    const mark = (): void => {
      outcome.decided = true;
    };
    promise.then(mark, mark);
    const limit = this.clock.now() + limitMs;
    await busTurn();
    while (!outcome.decided) {
      if (this.clock.now() > limit) throw new Error(`undecided after ${limitMs} virtual ms`);
      await this.clock.advance(stepMs);
      await busTurn();
    }
    return await promise;
  }

  /** Takes the device at an address of a bus out, and puts another one in its place. */
  async exchange(name: string, device: { readonly address: number }): Promise<void> {
    const old = this.devices.bus(name).devices.find(({ profile }) => profile.address[0] === device.address);
    await old?.close();
    this.others.push(await Simulated.start([{ name, kind: 'loopback', device: [device] }], this.medium));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.stop();
    for (const devices of [this.devices, ...this.others]) await devices[Symbol.asyncDispose]();
    if (this.medium.isOwn && this.clock.timers > 0)
      throw new Error(`${this.clock.timers} timers are left after the stop`);
  }
}

/** A loopback bus on which a second daemon has an address of its own: {@link SECOND_DAEMON}. */
class NextDoor extends LoopbackBus {
  constructor(private readonly shared: LoopbackBus) {
    super({ name: shared.name });
  }

  override attach(): Binding {
    return this.shared.attach(SECOND_DAEMON);
  }
}

/** A few real milliseconds: what is on its way through the bus daemon arrives. */
async function busTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2));
  await idle();
}

function recorder(lines: LogLine[]): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push([level, message, fields]);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
