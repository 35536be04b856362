import { toHex } from '../../src/base/bytes';
import type { MctpError } from '../../src/base/errors';
import { nullLog, type Log } from '../../src/base/log';
import type { NetLink } from '../../src/core/net';
import { DemuxNetwork, type Member } from '../../src/demux/demux-network';
import { DEMUX_DROP_REASONS, DemuxDrops } from '../../src/demux/drops';
import { Bench, type FakeBinding, idle } from '../core/fake-binding';
import { hex } from '../support/vectors';

/** A client without its socket. */
export class TestMember implements Member {
  readonly heard: string[] = [];
  readonly throttled: boolean[] = [];
  readonly refusals: string[] = [];
  heardOne: () => void = () => undefined;

  constructor(readonly type: number) {}

  deliver(frame: Uint8Array): void {
    this.heard.push(toHex(frame));
    this.heardOne();
  }

  throttle(full: boolean): void {
    this.throttled.push(full);
  }

  refused(error: MctpError): void {
    this.refusals.push(error.code);
  }

  /** What it heard since the last call. */
  take(): string[] {
    return this.heard.splice(0);
  }
}

/** The demux on one link, where we are EID 8, with EIDs 9 and 10 in reach. Nothing is real: a test says each packet. */
export class DemuxBench {
  private constructor(
    readonly bench: Bench,
    readonly link: NetLink,
    readonly wire: FakeBinding,
    private readonly made: { readonly demux: DemuxNetwork; readonly drops: DemuxDrops },
  ) {}

  get demux(): DemuxNetwork {
    return this.made.demux;
  }

  get drops(): DemuxDrops {
    return this.made.drops;
  }

  static async start(compat?: 'libmctp', log: Log = nullLog): Promise<DemuxBench> {
    const bench = new Bench();
    const { link, binding } = await bench.link({ localEids: [8, 30] });
    for (const eid of [9, 10]) {
      await bench.router.addNeighbour({ link: link.index, eid, address: Uint8Array.of(eid) });
      await bench.router.addRoute({ network: 1, first: eid, extent: 0, link: link.index, mtu: 0 });
    }
    const { clock, router: net } = bench;
    const drops = new DemuxDrops(log, clock);
    const demux = new DemuxNetwork({ net, clock, network: 1, compat, drops });
    return new DemuxBench(bench, link, binding, { demux, drops });
  }

  join(type: number): TestMember {
    const member = new TestMember(type);
    this.demux.join(member);
    return member;
  }

  /** A frame as the client wrote it, EID first. */
  async says(member: TestMember, frame: string): Promise<void> {
    const bytes = hex(frame);
    this.demux.frame(member, bytes[0] ?? 0, bytes.subarray(1));
    await idle();
  }

  /** A packet from the bus. */
  async hears(packet: string): Promise<void> {
    this.wire.receive(packet);
    await idle();
  }

  /** Drop reasons that were counted, with their numbers. */
  dropped(): Record<string, number> {
    return Object.fromEntries(
      DEMUX_DROP_REASONS.flatMap((reason) =>
        this.drops.get(reason) > 0 ? [[reason, this.drops.get(reason)] as const] : [],
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.demux.close();
    await this.bench.router.close();
    this.bench.alarm.cancel();
    expect(this.bench.defects).toEqual([]);
    expect(this.bench.clock.timers).toBe(0);
  }
}
