import type { Clock } from '../../base/clock';
import { seededRandom } from '../../base/random';
import type { Binding, BindingInfo, BindingListener } from '../../core/binding';
import { ListenerGate } from '../listener-gate';
import { FaultLine } from './fault-line';
import type { FaultRates, Parcel } from './fault-line';

/** Packets that wait for a busy binding before `send` answers `false`. */
const QUEUE_LIMIT = 16;

export interface FaultOptions {
  /** The same seed and traffic give the same faults. */
  readonly seed: number;
  /** Towards the medium. */
  readonly send?: FaultRates;
  /** From the medium. */
  readonly receive?: FaultRates;
}

/** Makes any binding a bad one. A lost packet is counted as `InjectedLoss`. */
export class FaultInjector implements Binding {
  readonly info: BindingInfo;
  private readonly gate = new ListenerGate();
  private readonly outgoing: FaultLine;
  private readonly incoming: FaultLine;
  private readonly queue: Parcel[] = [];
  private refused = false;

  constructor(
    private readonly inner: Binding,
    options: FaultOptions,
    clock: Clock,
  ) {
    this.info = inner.info;
    const line = (rates: FaultRates | undefined, seed: number, deliver: (parcel: Parcel) => void) =>
      new FaultLine(rates ?? {}, { clock, random: seededRandom(seed) }, deliver);
    this.outgoing = line(options.send, options.seed, (parcel) => {
      this.queue.push(parcel);
      this.flush();
    });
    // Its own sequence, so that received packets do not shift the faults of sent ones.
    this.incoming = line(options.receive, options.seed + 1, ({ packet, address }) =>
      this.gate.packet(packet, address),
    );
  }

  open(listener: BindingListener): Promise<void> {
    this.gate.open(listener);
    return this.inner.open({
      packet: (packet, source) => this.arrived(packet, source),
      writable: () => this.flush(),
      up: (isUp, reason) => this.gate.up(isUp, reason),
      drop: (reason) => this.gate.drop(reason),
    });
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    if (this.queue.length >= QUEUE_LIMIT) {
      this.refused = true;
      return false;
    }
    const parcel = { packet: new Uint8Array(packet), address: new Uint8Array(destination), broadcast };
    if (!this.outgoing.put(parcel)) this.gate.dropLater('InjectedLoss');
    return true;
  }

  nudge(): void {
    this.inner.nudge?.();
  }

  close(): Promise<void> {
    this.gate.close();
    this.outgoing.close();
    this.incoming.close();
    this.queue.length = 0;
    return this.inner.close();
  }

  private arrived(packet: Uint8Array, source: Uint8Array): void {
    const parcel = { packet: new Uint8Array(packet), address: new Uint8Array(source), broadcast: false };
    if (!this.incoming.put(parcel)) this.gate.drop('InjectedLoss');
  }

  private flush(): void {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      if (!this.inner.send(next.packet, next.address, next.broadcast)) return;
      this.queue.shift();
    }
    if (!this.refused) return;
    this.refused = false;
    this.gate.writable();
  }
}
