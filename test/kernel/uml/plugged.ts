import { SimDevice } from '../../../src/sim/device';
import type { RunningBus } from '../../../src/sim/simulation';
import { CleanUp } from '../../support/clean-up';
import { Simulated } from '../../support/simulated';
import { KernelDevice } from './kernel-device';
import type { Rtnl } from './rtnl';

/** Ours on every link that is plugged in. */
export const OWN_EID = 8;

/** A serial line with a simulated device at one end and the kernel at the other, up and with an EID of ours. */
export class Plugged implements AsyncDisposable {
  private constructor(
    readonly kernel: KernelDevice,
    private readonly line: RunningBus,
    /** Command codes of the control requests that the device has got; nothing of a bridge. */
    readonly heard: readonly number[],
    private readonly cleanUp: CleanUp,
  ) {}

  static async in(rtnl: Rtnl, profile: object): Promise<Plugged> {
    await using cleanUp = new CleanUp();
    const buses = [{ name: 'line', kind: 'pty', device: [profile] }];
    const line = cleanUp.use(await Simulated.start(buses)).bus('line');
    const heard = record(line);
    const kernel = cleanUp.use(KernelDevice.attach(line.reach));
    await rtnl.up(kernel.index);
    await rtnl.addEid(kernel.index, OWN_EID);
    return new Plugged(kernel, line, heard, cleanUp.move());
  }

  get device(): SimDevice {
    const [device] = this.line.devices;
    if (!(device instanceof SimDevice)) throw new Error('no simple device');
    return device;
  }

  /** The device hears nothing any more. Its line stays. */
  silence(): void {
    this.device.packet = () => undefined;
  }

  /** The cable is pulled out. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanUp[Symbol.asyncDispose]();
    await this.kernel.detach();
  }
}

function record({ devices: [device] }: RunningBus): readonly number[] {
  const codes: number[] = [];
  if (!(device instanceof SimDevice)) return codes;
  const packet = device.packet.bind(device);
  device.packet = (bytes, ...rest) => {
    // MCTP header, message type 0, then the header of a request (DSP0236 table 10).
    if (bytes[4] === 0 && ((bytes[5] ?? 0) & 0x80) !== 0) codes.push(bytes[6] ?? 0);
    packet(bytes, ...rest);
  };
  return codes;
}
