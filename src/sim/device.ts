import type { Clock, Timer } from '../base/clock';
import { BASELINE_UNIT, EID_BROADCAST, EID_NULL, HEADER_SIZE } from '../base/ids';
import type { Binding, BindingListener } from '../core/binding';
import { DropCounters, type DropReason } from '../core/drops';
import { Fragmenter, PacketBuffer } from '../core/fragment';
import { TAG_MASK, TAG_OWNER, checkPacket, destinationOf, flagsOf, sourceOf } from '../core/packet';
import { Reassembler } from '../core/reassembly';
import { react, type Behaviour, type DeviceState, type TimedAnswer } from './behaviours/behaviour';
import { control } from './behaviours/control';
import { echo } from './behaviours/echo';
import { nvmeMi } from './behaviours/nvme-mi';
import { silent } from './behaviours/silent';
import { newDriveState } from './nvme-drive';
import type { DeviceProfile } from './profile';

/** Answers a device may have waiting; a requester that floods it loses the ones beyond. */
const MAX_PENDING = 64;

const BEHAVIOURS: readonly Behaviour[] = [silent, control, nvmeMi, echo];

/** Where an answer goes. */
interface Requester {
  readonly eid: number;
  readonly physical: Uint8Array;
  readonly tag: number;
}

/** One simulated device on one port of a bus: takes requests off it, lets the behaviours answer, sends the answers. */
export class SimDevice implements BindingListener {
  readonly drops = new DropCounters();
  readonly state: DeviceState;
  private readonly reassembler: Reassembler;
  private readonly buffer = new PacketBuffer(BASELINE_UNIT + HEADER_SIZE);
  private readonly outgoing: { readonly fragments: Fragmenter; readonly physical: Uint8Array }[] = [];
  private readonly timers = new Set<Timer>();

  constructor(
    private readonly binding: Binding,
    readonly profile: DeviceProfile,
    private readonly clock: Clock,
    private readonly behaviours: readonly Behaviour[] = BEHAVIOURS,
  ) {
    const began = clock.now();
    const now = (): number => clock.now() - began;
    const drive = profile.nvme === undefined ? undefined : newDriveState(profile.nvme);
    this.state = { profile, eid: profile.eid, pool: undefined, downstream: [], drive, now };
    this.reassembler = new Reassembler({
      // A device of this simulator never asks anything, so it expects no response.
      expects: () => false,
      drop: (reason) => this.drops.count(reason),
    });
  }

  /** The EID it answers under at the moment; 0 = none. */
  get eid(): number {
    return this.state.eid;
  }

  open(): Promise<void> {
    return this.binding.open(this);
  }

  async close(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.outgoing.length = 0;
    await this.binding.close();
  }

  packet(packet: Uint8Array, source: Uint8Array): void {
    const refused = checkPacket(packet);
    if (refused !== undefined) {
      this.drops.count(refused);
      return;
    }
    const destination = destinationOf(packet);
    const isOurs =
      destination === EID_NULL || destination === EID_BROADCAST || destination === this.state.eid;
    if (!isOurs) {
      this.drops.count('NotForUs');
      return;
    }
    if ((flagsOf(packet) & TAG_OWNER) === 0) {
      this.drops.count('UnexpectedResponse');
      return;
    }
    const now = this.clock.now();
    // No timer for this: what never ended is in nobody's way before the next packet.
    this.reassembler.expire(now);
    const request = this.reassembler.accept(packet, 0, source, now);
    if (request === undefined) return;
    const requester = {
      eid: sourceOf(packet),
      physical: Uint8Array.from(source),
      tag: flagsOf(packet) & TAG_MASK,
    };
    this.handle(request, requester);
  }

  writable(): void {
    this.flush();
  }

  up(): void {
    this.flush();
  }

  drop(reason: DropReason): void {
    this.drops.count(reason);
  }

  private handle(request: Uint8Array, requester: Requester): void {
    const answer = react(this.behaviours, request, this.state);
    if (answer === 'silence') return;
    if (this.timers.size + this.outgoing.length >= MAX_PENDING) {
      this.drops.count('TransmitQueueFull');
      return;
    }
    const answers = answer instanceof Uint8Array ? [{ afterMs: 0, message: () => answer }] : answer;
    this.answer(answers[Symbol.iterator](), requester, this.profile.latencyMs);
  }

  /** Sends the next of several answers when its time has come, and goes on with the one after it. */
  private answer(answers: Iterator<TimedAnswer>, requester: Requester, latencyMs: number): void {
    const next = answers.next();
    if (next.done === true) return;
    const send = (): void => {
      const message = next.value.message();
      if (message === undefined) return;
      this.send(message, requester);
      this.answer(answers, requester, 0);
    };
    const delayMs = latencyMs + next.value.afterMs;
    if (delayMs === 0) {
      send();
      return;
    }
    const timer = this.clock.setTimer(delayMs, () => {
      this.timers.delete(timer);
      send();
    });
    this.timers.add(timer);
  }

  private send(message: Uint8Array, { eid, physical, tag }: Requester): void {
    // The answer to Set Endpoint ID already leaves under the new EID, as those of most devices do.
    const addressing = { destination: eid, source: this.state.eid, tag, to: false };
    this.outgoing.push({ fragments: new Fragmenter(message, addressing, BASELINE_UNIT), physical });
    this.flush();
  }

  private flush(): void {
    for (let next = this.outgoing[0]; next !== undefined; next = this.outgoing[0]) {
      while (!next.fragments.done) {
        const length = next.fragments.write(this.buffer);
        if (!this.binding.send(this.buffer.packet(length), next.physical)) return;
        next.fragments.advance();
      }
      this.outgoing.shift();
    }
  }
}
