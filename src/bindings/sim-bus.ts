import type { Clock, Timer } from '../base/clock';
import { describeError } from '../base/errors';
import { BASELINE_MTU, PhysicalBinding } from '../base/ids';
import type { Log } from '../base/log';
import type { Binding, BindingInfo, BindingListener } from '../core/binding';
import { Backoff } from '../base/backoff';
import { ListenerGate } from './listener-gate';
import { decodeSimFrame, decodeWelcome, encodeHello, encodeSimFrame, WelcomeStatus } from './sim-bus-wire';

/** How long the server may take to answer a hello. */
const WELCOME_MS = 1000;

/** A connected SOCK_SEQPACKET socket: whole messages, in order. */
export interface PacketSocket {
  /**
   * The message is copied, or out, before this returns. `full`: nothing was taken, `writable` follows when there is
   * room. `failed`: it will never go; where the socket is closed, `closed` follows.
   */
  send(message: Uint8Array): 'taken' | 'full' | 'failed';
  /** Idempotent; no event follows. */
  close(): void;
}

export interface PacketSocketEvents {
  /** Only valid during the call. */
  message(bytes: Uint8Array): void;
  writable(): void;
  /** Closed by the other side or by an error; nothing follows. */
  closed(reason: string): void;
}

export interface PacketConnector {
  /** @throws what the operating system said when nobody listens at `path` */
  connect(path: string, events: PacketSocketEvents): Promise<PacketSocket>;
}

export interface SimBusOptions {
  /** Link name, for the log. */
  readonly name: string;
  /** Absolute path of the bus socket. */
  readonly socket: string;
  /** Our own physical address on the bus, 0..254. */
  readonly address: number;
}

export interface SimBusParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly connector: PacketConnector;
}

interface Session {
  socket: PacketSocket | undefined;
  attached: boolean;
  timer: Timer | undefined;
  /** Ends {@link SimBusBinding.open}: attached, or failed. */
  settled: () => void;
}

/** A place on the simulator's bus in another process. The link is up while the server has us attached. */
export class SimBusBinding implements Binding {
  readonly info: BindingInfo;
  private readonly gate = new ListenerGate();
  private readonly backoff: Backoff;
  private session: Session | undefined;
  private opening: Promise<void> = Promise.resolve();
  private loggedFailure: string | undefined;

  constructor(
    private readonly options: SimBusOptions,
    private readonly parts: SimBusParts,
  ) {
    this.info = {
      kind: 'sim',
      physicalBinding: PhysicalBinding.unspecified,
      address: Uint8Array.of(options.address),
      addressLength: 1,
      minMtu: BASELINE_MTU,
      maxMtu: 65535,
      pointToPoint: false,
    };
    this.backoff = new Backoff(parts.clock, () => {
      this.opening = this.connect();
    });
  }

  open(listener: BindingListener): Promise<void> {
    this.gate.open(listener);
    this.opening = this.connect();
    return this.opening;
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    const socket = this.session?.attached === true ? this.session.socket : undefined;
    if (socket === undefined) {
      this.gate.dropLater('TransmitLinkDown');
      return true;
    }
    const [to] = destination;
    if (!broadcast && (to === undefined || destination.length !== 1)) {
      this.gate.dropLater('TransmitFailed');
      return true;
    }
    const frame = { destination: to ?? 0, source: this.options.address, broadcast, packet };
    const result = socket.send(encodeSimFrame(frame));
    if (result === 'failed') this.gate.dropLater('TransmitFailed');
    return result !== 'full';
  }

  async close(): Promise<void> {
    this.gate.close();
    this.backoff.cancel();
    this.end();
    await this.opening;
  }

  /** Resolves when the attempt is over; never rejects: a bus that is not there is logged and tried again. */
  private connect(): Promise<void> {
    return new Promise((settled) => {
      const session: Session = { socket: undefined, attached: false, timer: undefined, settled };
      this.session = session;
      void this.attach(session);
    });
  }

  private async attach(session: Session): Promise<void> {
    try {
      const socket = await this.parts.connector.connect(this.options.socket, {
        message: (bytes) => this.received(session, bytes),
        writable: () => this.gate.writable(),
        closed: (reason) => this.failed(session, reason),
      });
      if (this.session !== session) {
        socket.close();
        return;
      }
      session.socket = socket;
      session.timer = this.parts.clock.setTimer(WELCOME_MS, () =>
        this.failed(session, 'no answer to the hello'),
      );
      socket.send(encodeHello(this.options.address));
    } catch (error) {
      this.failed(session, describeError(error));
    }
  }

  private received(session: Session, bytes: Uint8Array): void {
    if (this.session !== session) return;
    if (!session.attached) {
      this.welcomed(session, bytes);
      return;
    }
    const frame = decodeSimFrame(bytes);
    if (frame === undefined) this.gate.drop('FrameMalformed');
    else this.gate.packet(frame.packet, Uint8Array.of(frame.source));
  }

  private welcomed(session: Session, bytes: Uint8Array): void {
    const status = decodeWelcome(bytes)?.status;
    if (status !== WelcomeStatus.attached) {
      this.failed(session, refusal(status, this.options.address));
      return;
    }
    session.timer?.cancel();
    session.attached = true;
    this.backoff.reset();
    this.loggedFailure = undefined;
    this.parts.log.info('attached to the simulated bus', {
      link: this.options.name,
      path: this.options.socket,
    });
    this.gate.up(true, `attached to ${this.options.socket}`);
    session.settled();
  }

  private failed(session: Session, reason: string): void {
    if (this.session !== session) return;
    const { name, socket } = this.options;
    this.end();
    if (reason !== this.loggedFailure) {
      this.parts.log.warn(`not attached to ${socket}; is the simulator running? trying on`, {
        link: name,
        operation: 'connect',
        cause: reason,
      });
    }
    this.loggedFailure = reason;
    this.gate.up(false, `${socket}: ${reason}`);
    this.backoff.retryLater();
    this.gate.writable();
  }

  private end(): void {
    const session = this.session;
    this.session = undefined;
    session?.timer?.cancel();
    session?.socket?.close();
    session?.settled();
  }
}

function refusal(status: number | undefined, address: number): string {
  switch (status) {
    case WelcomeStatus.addressInUse:
      return `physical address 0x${address.toString(16)} is taken`;
    case WelcomeStatus.badVersion:
      return 'the bus speaks another version of the protocol';
    default:
      return 'the hello was answered with something else than a welcome';
  }
}
