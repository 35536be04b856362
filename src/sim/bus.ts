import { isMctpError } from '../base/errors';
import { DropCounters } from '../core/drops';
import type { Binding } from '../core/binding';
import type { LoopbackBus } from '../bindings/loopback';
import type { PacketSocket, PacketSocketEvents } from '../bindings/sim-bus';
import {
  SIM_BUS_VERSION,
  WelcomeStatus,
  decodeHello,
  decodeSimFrame,
  encodeSimFrame,
  encodeWelcome,
} from '../bindings/sim-bus-wire';

/** Frames kept for a client that does not read; those beyond are lost, as on a bus nobody listens to. */
const CLIENT_QUEUE = 256;

/**
 * The server side of `binding = "sim"`: puts whoever connects onto an in-process bus under the address it says it has.
 * The simulated devices sit on that same bus.
 */
export class SimBus {
  readonly drops = new DropCounters();
  private readonly clients = new Set<BusClient>();

  constructor(readonly medium: LoopbackBus) {}

  /** Clients that are attached or have not said hello yet. */
  get clientCount(): number {
    return this.clients.size;
  }

  /** A new connection. @returns what to tell about it */
  accept(socket: PacketSocket): PacketSocketEvents {
    const client = new BusClient(socket, this.medium, {
      drops: this.drops,
      // `closed` does not follow our own close.
      turnedAway: () => this.clients.delete(client),
    });
    this.clients.add(client);
    return {
      message: (bytes) => client.message(bytes),
      writable: () => client.flush(),
      closed: () => {
        this.clients.delete(client);
        void client.close();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.clients].map((client) => client.close()));
    this.clients.clear();
  }
}

/** One connection: says hello first, then exchanges frames. Anything else ends it. */
class BusClient {
  private port: Binding | undefined;
  private readonly queue: Uint8Array[] = [];

  constructor(
    private readonly socket: PacketSocket,
    private readonly medium: LoopbackBus,
    private readonly bus: { readonly drops: DropCounters; turnedAway(): void },
  ) {}

  message(bytes: Uint8Array): void {
    if (this.port === undefined) {
      this.hello(bytes);
      return;
    }
    const frame = decodeSimFrame(bytes);
    if (frame === undefined) {
      this.bus.drops.count('FrameMalformed');
      return;
    }
    const taken = this.port.send(
      frame.packet,
      frame.broadcast ? new Uint8Array(0) : Uint8Array.of(frame.destination),
      frame.broadcast,
    );
    if (!taken) this.bus.drops.count('TransmitQueueFull');
  }

  flush(): void {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      if (this.socket.send(next) === 'full') return;
      this.queue.shift();
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.port?.close();
  }

  private hello(bytes: Uint8Array): void {
    const hello = decodeHello(bytes);
    if (hello === undefined) {
      this.bus.drops.count('FrameMalformed');
      this.turnAway();
      return;
    }
    const status = hello.version === SIM_BUS_VERSION ? this.attach(hello.address) : WelcomeStatus.badVersion;
    this.deliver(encodeWelcome(status));
    if (status !== WelcomeStatus.attached) this.turnAway();
  }

  private turnAway(): void {
    this.socket.close();
    this.bus.turnedAway();
  }

  private attach(address: number): number {
    try {
      this.port = this.medium.attach(address);
    } catch (error) {
      if (isMctpError(error, 'address-in-use')) return WelcomeStatus.addressInUse;
      throw error;
    }
    void this.port.open({
      packet: (packet, source) => {
        const destination = address;
        this.deliver(encodeSimFrame({ destination, source: source[0] ?? 0, broadcast: false, packet }));
      },
      writable: () => undefined,
      up: () => undefined,
      drop: (reason) => this.bus.drops.count(reason),
    });
    return WelcomeStatus.attached;
  }

  private deliver(message: Uint8Array): void {
    if (this.queue.length === 0 && this.socket.send(message) !== 'full') return;
    if (this.queue.length >= CLIENT_QUEUE) this.bus.drops.count('TransmitQueueFull');
    else this.queue.push(message);
  }
}
