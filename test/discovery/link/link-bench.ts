import type { NetLink } from '../../../src/core/net';
import { Bench, UUID } from '../bench';
import type { FakeDevice } from '../fake-device';

/** Physical address of the first device. */
export const ADDRESS = 0x1d;

/** A {@link Bench} whose link 1 goes to network 2, with devices on it. */
export class LinkBench extends Bench {
  /** The move, and everything that follows from it. */
  async moveLink(more: Partial<NetLink> = {}): Promise<void> {
    this.events.length = 0;
    this.bus.transcript.length = 0;
    this.bus.changeLink(1, { network: 2, ...more });
    await this.clock.advance(0);
  }

  /** Some devices that are set up as EIDs 9, 10, ... */
  async devices(count: number): Promise<FakeDevice[]> {
    const all = Array.from({ length: count }, (_, at) => this.device(ADDRESS + at, { uuid: UUID }));
    for (const { address } of all) await this.clock.settle(this.engine.setupEndpoint(1, address));
    return all;
  }

  /** A bridge as EID 9 with the pool 10..11, and EID 11 behind it, learnt. */
  async knownBridge(): Promise<FakeDevice> {
    const device = this.device(ADDRESS, { bridge: true, poolSize: 2, uuid: UUID });
    await this.setup(ADDRESS);
    device.eid = 11;
    await this.clock.settle(this.engine.learnByEid(1, 11));
    device.eid = 9;
    return device;
  }

  /** Another link, already in network 2, whose device has an EID there. */
  async occupy(eid: number, more: Partial<NetLink> = {}): Promise<void> {
    this.bus.addLink({ index: 2, network: 2, localEids: [], ...more });
    this.device(0x2d, { link: 2, eid });
    await this.clock.settle(this.engine.setupEndpoint(2, Uint8Array.of(0x2d)));
  }
}
