import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Iface, SERVICE_NAME, linkPath } from '../../../src/base/bus-names';
import { connectBus, type BusConnection } from '../../../src/bus/connection';
import { SimDevice } from '../../../src/sim/device';
import { within } from '../../bench/deadline';
import type { BenchFigure } from '../../bench/figure';
import { Program } from '../../bench/process-tools';
import { quantile, round } from '../../bench/statistics';
import { CleanUp } from '../../support/clean-up';
import { PrivateBus } from '../../support/private-bus';
import { Simulated } from '../../support/simulated';
import { TempFolder } from '../../support/temp-folder';
import { eventually } from '../../support/within';
import { KernelDevice } from './kernel-device';
import { Rtnl } from './rtnl';

/**
 * `npm run bench:kernel`: SetupEndpoint of a device behind a link of the kernel, next to the same behind our own serial
 * binding, in one User Mode Linux. Writes its figures to the file that it is given. docs/bench.md explains them.
 */

const WARM_UP = 100;
const ROUNDS = 1000;
const OWN_EID = 8;
const PROGRAM = join(__dirname, '../../../src/cli/mctp-endpointd.js');

/** A daemon on a bus of its own, with one serial link and one device at the other end of it. */
class Rig implements AsyncDisposable {
  private constructor(
    private readonly link: string,
    private readonly device: SimDevice,
    private readonly connection: BusConnection,
    private readonly cleanUp: CleanUp,
  ) {}

  /** @param attach gives the name of the link at this tty and the daemon's configuration for it */
  static async start(
    attach: (tty: string, cleanUp: CleanUp) => Promise<{ link: string; configuration: string }>,
  ): Promise<Rig> {
    await using cleanUp = new CleanUp();
    const profile = { types: [0, 1, 5], uuid: '595a522d-77c5-4628-8400-37bfb41b710d' };
    const line = cleanUp
      .use(await Simulated.start([{ name: 'line', kind: 'pty', device: [profile] }]))
      .bus('line');
    const [device] = line.devices;
    if (!(device instanceof SimDevice)) throw new Error('no simple device');
    const { link, configuration } = await attach(line.reach, cleanUp);
    const bus = cleanUp.use(await PrivateBus.start());
    const file = cleanUp
      .use(new TempFolder())
      .write('mctp-endpointd.toml', `state = false\n${configuration}[demux]\nnames = []\n`);
    const env = { DBUS_SYSTEM_BUS_ADDRESS: bus.address, MCTP_SOCKET_SUFFIX: `-bench-${process.pid}-${link}` };
    cleanUp.use(Program.start([PROGRAM, '-c', file], env));
    const connection = await connectBus(bus.socketAddress);
    cleanUp.defer(() => connection.close());
    const rig = cleanUp.use(new Rig(link, device, connection, cleanUp.move()));
    await eventually(`the daemon of ${link}`, () =>
      rig.setUp().then(
        () => true,
        () => false,
      ),
    );
    // From now on the caller's.
    cleanUp.move();
    return rig;
  }

  /** Milliseconds from the call to its reply. The device is as if it had just been plugged in, before and after. */
  async setUp(): Promise<number> {
    const began = performance.now();
    const [, , path, isNew] = await this.call(
      linkPath(this.link),
      Iface.busOwner,
      'SetupEndpoint',
      Buffer.alloc(0),
    );
    const took = performance.now() - began;
    if (isNew !== true) throw new Error(`the device at ${this.link} was there already`);
    await this.call(String(path), Iface.endpoint1, 'Remove');
    this.device.state.eid = 0;
    return took;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanUp[Symbol.asyncDispose]();
  }

  private call(path: string, iface: string, member: string, ...body: Buffer[]): Promise<readonly unknown[]> {
    const signature = 'ay'.repeat(body.length);
    const call = { destination: SERVICE_NAME, path, iface, member, signature, body };
    return within(10_000, member, this.connection.call(call));
  }
}

function overKernel(): Promise<Rig> {
  return Rig.start(async (tty, cleanUp) => {
    const { name, index } = cleanUp.use(KernelDevice.attach(tty));
    using rtnl = new Rtnl();
    await rtnl.up(index);
    await rtnl.addEid(index, OWN_EID);
    return { link: name, configuration: 'backend = "kernel"\n' };
  });
}

function overOwnBinding(): Promise<Rig> {
  const link = 'serial0';
  return Rig.start((tty) => {
    const keys = `name = "${link}"\nbinding = "serial"\npath = "${tty}"\neid = ${OWN_EID}\ndiscover = "off"\n`;
    return Promise.resolve({ link, configuration: `backend = "user"\n[[link]]\n${keys}` });
  });
}

async function measure(): Promise<BenchFigure[]> {
  await using kernel = await overKernel();
  await using own = await overOwnBinding();
  const [kernelMs, ownMs]: [number[], number[]] = [[], []];
  // Taking turns spreads a busy neighbour on the machine over both.
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    kernelMs.push(await kernel.setUp());
    ownMs.push(await own.setUp());
  }
  const quantileMs = (of: readonly number[], percent: number): number =>
    round(quantile(of.slice(WARM_UP), percent / 100), 2);
  return [50, 99].map((percent) => ({
    name: `SetupEndpoint over the kernel's serial link, p${percent}`,
    value: quantileMs(kernelMs, percent),
    unit: 'ms',
    baseline: quantileMs(ownMs, percent),
  }));
}

async function main(file: string): Promise<void> {
  const lines = (await measure()).map((figure) => `${JSON.stringify(figure)}\n`);
  writeFileSync(file, lines.join(''));
}

void main(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(`bench: ${String(error)}\n`);
  process.exitCode = 1;
});
