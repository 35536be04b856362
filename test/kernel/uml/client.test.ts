import { toHex } from '../../../src/base/bytes';
import { systemClock } from '../../../src/base/clock';
import { nullLog } from '../../../src/base/log';
import { SerialBinding } from '../../../src/bindings/serial/binding';
import { KernelClient } from '../../../src/client/kernel-client';
import { kernelAccess } from '../../../src/os/kernel-access';
import { loadNative } from '../../../src/os/native-module';
import type { Device, Subject } from '../../client/bench';
import { describeClientContract } from '../../client/contract';
import { describeFaults } from '../../client/faults-contract';
import { describeHold } from '../../client/hold-contract';
import { describeStackContract } from '../../client/stack-contract';
import { CleanUp } from '../../support/clean-up';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { idle, TestClock } from '../../support/test-clock';
import { hex } from '../../support/vectors';
import { eventually } from '../../support/within';
import { KernelLine } from './kernel-line';
import { kernelRequest } from './kernel-responder';
import { Rtnl } from './rtnl';

/** The contract of clients on a kernel: the client's time is virtual, the way to the wire and back is real. */

const OWN = 8;
/** Answers everything at once: whoever has its answer knows that all sent before has arrived, both ways. */
const ECHO = 12;
const ECHO_TYPE = 0x7e;

/** The devices at the other end of one serial line, told apart by their EIDs. */
class Devices implements AsyncDisposable {
  private readonly heard = new Map<number, string[]>();
  private readonly binding: SerialBinding;

  constructor(line: KernelLine) {
    const options = { name: 'devices', path: '', baud: 115_200, peerRecovery: false };
    this.binding = new SerialBinding(options, { clock: systemClock, log: nullLog, ports: line.ports });
  }

  open(): Promise<void> {
    return this.binding.open({
      packet: (packet) => this.packet(packet),
      writable: () => undefined,
      up: () => undefined,
      drop: () => undefined,
    });
  }

  at(eid: number, arrive: () => Promise<void>): Device {
    const heard = (): string[] => this.heard.get(eid)?.splice(0) ?? [];
    const say = async (...packets: readonly string[]): Promise<string[]> => {
      for (const packet of packets) {
        await eventually('room on the line', () => this.binding.send(hex(packet)));
      }
      await arrive();
      return heard();
    };
    return { say, heard };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.binding.close();
  }

  private packet(packet: Uint8Array): void {
    const [version = 0, to = 0, from = 0, flags = 0] = packet;
    if (to === ECHO) {
      // The same tag, without the tag owner's bit.
      const answer = Uint8Array.of(version, from, to, flags & ~0x08, ...packet.subarray(4));
      if (!this.binding.send(answer)) throw new Error('no room on the line');
      return;
    }
    this.heard.set(to, [...(this.heard.get(to) ?? []), toHex(packet)]);
  }
}

class RealKernelSubject implements Subject {
  readonly kernelOwns = true;
  /** Linux 6.1. */
  readonly bindsTypeOnce = true;
  readonly nine: Device;
  readonly ten: Device;
  private readonly clock = new TestClock();

  private constructor(
    devices: Devices,
    private readonly cleanUp: CleanUp,
  ) {
    this.nine = devices.at(9, () => this.arrive());
    this.ten = devices.at(10, () => this.arrive());
  }

  static async start(): Promise<RealKernelSubject> {
    await using cleanUp = new CleanUp();
    const line = cleanUp.use(KernelLine.open());
    const devices = cleanUp.use(new Devices(line));
    await devices.open();
    using rtnl = new Rtnl();
    await rtnl.up(line.device.index);
    await rtnl.addEid(line.device.index, OWN);
    for (const eid of [9, 10, ECHO]) await rtnl.addRoute(line.device.index, eid);
    return new RealKernelSubject(devices, cleanUp.move());
  }

  async client(): Promise<KernelClient> {
    const client = await KernelClient.open(kernelAccess(loadNative()), { clock: this.clock });
    this.cleanUp.defer(() => client.close());
    return client;
  }

  async pass(ms: number): Promise<void> {
    await this.arrive();
    await this.clock.advance(ms);
    await this.arrive();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanUp[Symbol.asyncDispose]();
    expect(this.clock.timers).toBe(0);
  }

  /** What is under way has come to its end: queues of the kernel and of the line keep their order. */
  private async arrive(): Promise<void> {
    await idle();
    await kernelRequest({ eid: ECHO, type: ECHO_TYPE }, new Uint8Array(0));
    await idle();
  }
}

expectNoDescriptorLeft();

const start = (): Promise<Subject> => RealKernelSubject.start();

describeClientContract('KernelClient on a kernel', start);
describeHold('KernelClient on a kernel', start);
describeFaults('KernelClient on a kernel', start);
describeStackContract('KernelClient on a kernel', start);
