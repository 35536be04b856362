import { Bench, UUID } from './bench';
import type { DeviceOptions, FakeDevice } from './fake-device';

export const OTHER_UUID = '595a522d-77c5-4628-8400-37bfb41b7fff';
/** Physical address of the device that is recovered. */
export const ADDRESS = 0x1d;

/** A {@link Bench} whose device is recovered. */
export class RecoveryBench extends Bench {
  private began = 0;

  /** A device that is set up as EID 9; what happened so far is forgotten. */
  async known(options: DeviceOptions = {}): Promise<FakeDevice> {
    const device = this.device(ADDRESS, { uuid: UUID, ...options });
    await this.setup(ADDRESS);
    this.quiet();
    return device;
  }

  /** Forgets what has happened. */
  quiet(): void {
    this.events.length = 0;
    this.bus.transcript.length = 0;
  }

  /** Asks for a recovery and lets time pass. */
  async recover(ms: number, eid = 9): Promise<void> {
    this.began = this.clock.now();
    await this.engine.recover(1, eid);
    await this.clock.advance(ms);
  }

  connectivity(eid = 9): string | undefined {
    return this.registry.endpoint(1, eid)?.connectivity;
  }

  /** Command codes that were sent. */
  codes(): string[] {
    return this.bus.commands().map((each) => each.slice(0, 2));
  }

  /** When the probes were sent, from the call on. */
  probes(): number[] {
    return this.bus.times('02').map((each) => each - this.began);
  }

  /** Requests and answers without their instance IDs. */
  bytes(): string[] {
    const of = (text: string | undefined): string => text?.slice(2) ?? '-';
    return this.bus.exchanges().map(({ request, response }) => `${of(request)} / ${of(response)}`);
  }
}
