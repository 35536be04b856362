import { toHex } from '../../src/base/bytes';
import { LoopbackBus } from '../../src/bindings/loopback';
import { Alarm } from '../../src/base/clock';
import { ClientService } from '../../src/client/client-service';
import { DirectClient } from '../../src/client/direct-client';
import { Router } from '../../src/core/router';
import { NvmeMiEndpoint, type NvmeMiEndpointParts } from '../../src/nvme-mi/endpoint';
import type { Behaviour } from '../../src/sim/behaviours/behaviour';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DRIVE, type NvmeDriveProfile, type NvmeFault } from '../../src/sim/nvme-drive';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import { TestClock } from '../support/test-clock';

const EID = 9;

/** The stack, a client on it, and a bus with one device at EID 9, in virtual time. */
export class NvmeBench implements AsyncDisposable {
  /** Whole messages that reached the device, in hex. */
  readonly requests: string[] = [];
  readonly client: DirectClient;
  private device: SimDevice | undefined;

  private constructor(
    readonly clock: TestClock,
    private readonly bus: LoopbackBus,
    private readonly alarm: Alarm,
    readonly router: Router,
  ) {
    this.client = new DirectClient(new ClientService({ net: router, clock }));
  }

  static async start(): Promise<NvmeBench> {
    const clock = new TestClock();
    const bus = new LoopbackBus();
    const alarm = new Alarm(clock, (now) => router.poll(now));
    const router: Router = new Router(alarm);
    await router.addLink({ name: 'lo', network: 1, binding: bus.attach(0x10), localEids: [8] });
    await router.addNeighbour({ link: 1, eid: EID, address: Uint8Array.of(EID) });
    await router.addRoute({ network: 1, first: EID, extent: 0, link: 1, mtu: 0 });
    return new NvmeBench(clock, bus, alarm, router);
  }

  /** A device that answers as a behaviour has it. */
  async plug(behaviour: Behaviour, nvme?: NvmeDriveProfile): Promise<void> {
    const noted: Behaviour = (request, state) => {
      this.requests.push(toHex(request));
      return behaviour(request, state);
    };
    const profile = { ...PLAIN_DEVICE, eid: EID, nvme };
    this.device = new SimDevice(this.bus.attach(EID), profile, this.clock, [noted]);
    await this.device.open();
  }

  endpoint(parts: Partial<NvmeMiEndpointParts> = {}): NvmeMiEndpoint {
    return new NvmeMiEndpoint({ client: this.client, eid: EID, clock: this.clock, network: 1, ...parts });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.device?.close();
    await this.client.close();
    await this.router.close();
    this.alarm.cancel();
  }
}

/** A drive of the simulator with faults. */
export function driveWith(
  faults: readonly (Partial<NvmeFault> & Pick<NvmeFault, 'kind'>)[] = [],
  profile: Partial<NvmeDriveProfile> = {},
): NvmeDriveProfile {
  const usual = {
    command: undefined,
    times: Infinity,
    ms: 1000,
    announced: undefined,
    fullSize: false,
    status: 2,
  };
  return { ...PLAIN_DRIVE, ...profile, faults: faults.map((each) => ({ ...usual, ...each })) };
}
