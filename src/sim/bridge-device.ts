import type { Clock, Timer } from '../base/clock';
import { EID_NULL } from '../base/ids';
import type { Binding, BindingListener } from '../core/binding';
import type { DropCounters, DropReason } from '../core/drops';
import { destinationOf } from '../core/packet';
import { SimDevice } from './device';
import type { DeviceProfile } from './profile';

/** What is plugged into one port. */
interface Slot {
  readonly device: SimDevice;
  /** Runs until it has its EID. */
  ready: Timer | undefined;
}

/**
 * A bridge (DSP0236 §9): a device of its own on one port of a bus, and devices behind it. Once it was allocated a pool it
 * gives the device at port n the n-th EID of it, and from then on passes packets for that EID on, headers unchanged, and
 * the device's own ones back to where the request came from. All of it can be changed while it runs.
 */
export class BridgeDevice implements BindingListener {
  private readonly own: SimDevice;
  private readonly slots = new Map<number, Slot>();
  /** The pool that the devices behind it have their EIDs from. */
  private pool: SimDevice['state']['pool'];

  constructor(
    private readonly binding: Binding,
    readonly profile: DeviceProfile,
    private readonly clock: Clock,
  ) {
    this.own = new SimDevice(binding, profile, clock);
    profile.downstream.forEach((each, port) => this.plug(port, each));
  }

  /** Its own EID at the moment; 0 = none. */
  get eid(): number {
    return this.own.eid;
  }

  get drops(): DropCounters {
    return this.own.drops;
  }

  /** The device at a port. */
  at(port: number): SimDevice | undefined {
    return this.slots.get(port)?.device;
  }

  /** Puts a device into a port, in place of what was there; it gets its EID as soon as it is ready. */
  plug(port: number, profile: DeviceProfile): void {
    this.unplug(port);
    this.slots.set(port, {
      device: new SimDevice(portOf(this.binding), profile, this.clock),
      ready: undefined,
    });
    this.prepare(port);
  }

  unplug(port: number): void {
    const slot = this.slots.get(port);
    if (slot === undefined) return;
    slot.ready?.cancel();
    void slot.device.close();
    this.slots.delete(port);
    this.note();
  }

  /** The device at a port loses its EID, and gets it again when it is ready. */
  reset(port: number): void {
    const slot = this.slots.get(port);
    if (slot === undefined) return;
    slot.device.state.eid = EID_NULL;
    this.prepare(port);
  }

  open(): Promise<void> {
    return this.binding.open(this);
  }

  async close(): Promise<void> {
    for (const port of [...this.slots.keys()]) this.unplug(port);
    await this.own.close();
  }

  packet(packet: Uint8Array, source: Uint8Array): void {
    const downstream = this.holder(destinationOf(packet));
    if (downstream !== undefined) {
      downstream.packet(packet, source);
      return;
    }
    this.own.packet(packet, source);
    if (this.own.state.pool === this.pool) return;
    this.pool = this.own.state.pool;
    for (const port of this.slots.keys()) this.reset(port);
  }

  writable(): void {
    this.own.writable();
    for (const { device } of this.slots.values()) device.writable();
  }

  up(): void {
    this.writable();
  }

  drop(reason: DropReason): void {
    this.own.drop(reason);
  }

  private holder(eid: number): SimDevice | undefined {
    if (eid === EID_NULL) return undefined;
    return [...this.slots.values()].find(({ device }) => device.eid === eid)?.device;
  }

  /** Gives the device at a port its EID, in a while. One beyond the end of the pool gets none. */
  private prepare(port: number): void {
    const slot = this.slots.get(port);
    slot?.ready?.cancel();
    this.note();
    if (slot === undefined || this.pool === undefined || port >= this.pool.size) return;
    const eid = this.pool.start + port;
    slot.ready = this.clock.setTimer(this.profile.downstreamReadyMs, () => {
      slot.ready = undefined;
      slot.device.state.eid = eid;
      this.note();
    });
  }

  /** What its routing table says. */
  private note(): void {
    const ports = Math.max(-1, ...this.slots.keys()) + 1;
    this.own.state.downstream = Array.from({ length: ports }, (_, port) => this.at(port)?.eid ?? EID_NULL);
  }
}

/** A port as the device in it sees it: what it sends goes out in front of the bridge, to where the request came from. */
function portOf(binding: Binding): Binding {
  return {
    info: { ...binding.info, kind: 'bridge-port' },
    open: () => Promise.resolve(),
    send: (packet, destination) => binding.send(packet, destination),
    close: () => Promise.resolve(),
  };
}
