import { MctpError } from '../base/errors';
import { PhysicalBinding } from '../base/ids';
import type { Binding, BindingInfo, BindingListener } from '../core/binding';

/** Packets one port may have on the way before `send` answers `false`. */
const PORT_LIMIT = 4096;
/** Batches delivered as microtasks in a row before the event loop gets a turn: endless ping-pong must not starve it. */
const MICROTASK_BATCHES = 64;

interface Transit {
  readonly sender: LoopbackPort;
  readonly packet: Uint8Array;
  /** `undefined`: everybody but the sender. */
  readonly destination: number | undefined;
}

/**
 * A bus inside this process: any number of devices with 1-byte physical addresses, no loss, order kept. Packets are
 * copied when sent and delivered in a later microtask, so nobody is ever called from inside its own `send`.
 */
export class LoopbackBus {
  readonly name: string;
  private readonly ports = new Map<number, LoopbackPort>();
  private queue: Transit[] = [];
  private scheduled = false;
  private batches = 0;

  constructor(options: { readonly name?: string } = {}) {
    this.name = options.name ?? 'loopback';
  }

  /**
   * A port of the bus, closed until it is opened; its address is taken until it is closed.
   * @param address 0..255; `undefined` takes the lowest free one
   * @throws MctpError `address-in-use`, `bad-physaddr`
   */
  attach(address?: number): Binding {
    const own = address ?? this.lowestFree();
    if (!Number.isInteger(own) || own < 0 || own > 255) {
      throw new MctpError('bad-physaddr', `a loopback address is 0..255, not ${own}`, { link: this.name });
    }
    if (this.ports.has(own)) {
      const physicalAddress = Uint8Array.of(own);
      throw new MctpError('address-in-use', 'another device of the loopback bus has this address', {
        link: this.name,
        physicalAddress,
      });
    }
    const port: LoopbackPort = new LoopbackPort(own, {
      carry: (transit) => this.carry(transit),
      // Closed twice, it must not take the place of whoever has the address by then.
      detach: () => this.ports.get(own) === port && this.ports.delete(own),
    });
    this.ports.set(own, port);
    return port;
  }

  private lowestFree(): number {
    let address = 0;
    while (this.ports.has(address)) address++;
    return address;
  }

  private carry(transit: Transit): void {
    this.queue.push(transit);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    if (++this.batches % MICROTASK_BATCHES === 0) setImmediate(() => this.deliverBatch());
    else queueMicrotask(() => this.deliverBatch());
  }

  private deliverBatch(): void {
    const batch = this.queue;
    this.queue = [];
    this.scheduled = false;
    let done = 0;
    try {
      for (const transit of batch) {
        done++;
        this.deliver(transit);
      }
    } finally {
      // A listener that throws is a defect, but it must not take the packets of the others with it.
      if (done < batch.length) {
        this.queue = [...batch.slice(done), ...this.queue];
        this.schedule();
      }
    }
  }

  private deliver({ sender, packet, destination }: Transit): void {
    sender.delivered();
    if (destination !== undefined) {
      this.ports.get(destination)?.receive(packet, sender.info.address);
      return;
    }
    for (const port of [...this.ports.values()]) {
      if (port !== sender) port.receive(packet, sender.info.address);
    }
  }
}

/** In-process buses by name; the same one at each call. */
export class LoopbackBuses {
  private readonly buses = new Map<string, LoopbackBus>();

  /** Bound, so that it can be handed over by itself. */
  readonly of = (name: string): LoopbackBus => {
    const bus = this.buses.get(name) ?? new LoopbackBus({ name });
    this.buses.set(name, bus);
    return bus;
  };
}

interface Medium {
  carry(transit: Transit): void;
  detach(): void;
}

class LoopbackPort implements Binding {
  readonly info: BindingInfo;
  private listener: BindingListener | undefined;
  private onTheWay = 0;
  private refused = false;
  private closed = false;

  constructor(
    address: number,
    private readonly medium: Medium,
  ) {
    this.info = {
      kind: 'loopback',
      physicalBinding: PhysicalBinding.unspecified,
      address: Uint8Array.of(address),
      addressLength: 1,
      minMtu: 68,
      maxMtu: 65535,
      pointToPoint: false,
    };
  }

  async open(listener: BindingListener): Promise<void> {
    await Promise.resolve();
    if (this.closed) return;
    this.listener = listener;
    listener.up(true, 'in-process bus');
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    if (this.listener === undefined) return true;
    if (this.onTheWay >= PORT_LIMIT) {
      this.refused = true;
      return false;
    }
    if (!broadcast && destination.length !== 1) {
      queueMicrotask(() => this.listener?.drop('TransmitFailed'));
      return true;
    }
    this.onTheWay++;
    // Not `slice`: on a Buffer that would share the memory.
    this.medium.carry({
      sender: this,
      packet: new Uint8Array(packet),
      destination: broadcast ? undefined : destination[0],
    });
    return true;
  }

  receive(packet: Uint8Array, source: Uint8Array): void {
    this.listener?.packet(packet, source);
  }

  /** One packet of this port has left the queue. */
  delivered(): void {
    this.onTheWay--;
    if (!this.refused || this.onTheWay > PORT_LIMIT / 2) return;
    this.refused = false;
    this.listener?.writable();
  }

  close(): Promise<void> {
    this.closed = true;
    this.listener = undefined;
    this.medium.detach();
    return Promise.resolve();
  }
}
