import { EMPTY } from '../../base/bytes';
import type { Clock } from '../../base/clock';
import { describeError } from '../../base/errors';
import { BASELINE_MTU, PhysicalBinding } from '../../base/ids';
import type { Log } from '../../base/log';
import type { Binding, BindingInfo, BindingListener } from '../../core/binding';
import { Backoff } from '../../base/backoff';
import { ListenerGate } from '../listener-gate';
import { SerialParser } from './framing';
import { openAdvice } from './open-advice';
import type { OpenProblem } from './open-advice';
import type { OpenSerialPort, SerialPortFactory } from './port';
import { Transmitter } from './transmitter';

/** DSP0253 sets no limit below its 8-bit count; what other user-space stacks take is 251 bytes. */
export const SERIAL_MAX_MTU = 251;

export interface SerialBindingOptions {
  /** Link name, for the log. */
  readonly name: string;
  /** Absolute path of the tty. */
  readonly path: string;
  /** 300..4000000 bits per second. */
  readonly baud: number;
  /** Sends the recovery word to the peer at opening and at {@link SerialBinding.nudge}. */
  readonly peerRecovery: boolean;
}

export interface SerialBindingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly ports: SerialPortFactory;
}

/** What lives from one opening of the port to its hang-up. */
interface Session {
  readonly port: OpenSerialPort;
  readonly parser: SerialParser;
  readonly transmitter: Transmitter;
}

/** MCTP over a serial line (DSP0253). A port that hangs up, or is not there yet, is tried again with backoff. */
export class SerialBinding implements Binding {
  readonly info: BindingInfo = {
    kind: 'serial',
    physicalBinding: PhysicalBinding.serial,
    address: EMPTY,
    addressLength: 0,
    minMtu: BASELINE_MTU,
    maxMtu: SERIAL_MAX_MTU,
    pointToPoint: true,
  };
  private readonly gate = new ListenerGate();
  private readonly backoff: Backoff;
  private session: Session | undefined;
  private opening: Promise<void> = Promise.resolve();
  private loggedProblem: OpenProblem | undefined;

  constructor(
    private readonly options: SerialBindingOptions,
    private readonly parts: SerialBindingParts,
  ) {
    this.backoff = new Backoff(parts.clock, () => {
      this.opening = this.tryOpen();
    });
  }

  open(listener: BindingListener): Promise<void> {
    this.gate.open(listener);
    this.opening = this.tryOpen();
    return this.opening;
  }

  send(packet: Uint8Array): boolean {
    if (this.session === undefined) {
      this.gate.dropLater('TransmitLinkDown');
      return true;
    }
    const taken = this.session.transmitter.send(packet);
    if (taken === undefined) this.gate.dropLater('TransmitFailed');
    return taken ?? true;
  }

  nudge(): void {
    if (this.options.peerRecovery) this.session?.transmitter.recover();
  }

  async close(): Promise<void> {
    this.gate.close();
    this.backoff.cancel();
    await this.opening;
    const session = this.session;
    this.session = undefined;
    session?.transmitter.close();
    await session?.port.close();
  }

  /** Never rejects: a port that does not open is logged and tried again. */
  private async tryOpen(): Promise<void> {
    // The port can speak, or hang up, before `open` of the factory has resolved.
    const early: { hungUp?: string } = {};
    const parser = new SerialParser({
      packet: (packet) => this.gate.packet(packet, EMPTY),
      drop: (reason) => this.gate.drop(reason),
    });
    try {
      const port = await this.parts.ports.open(this.options, {
        data: (chunk) => parser.push(chunk, this.parts.clock.now()),
        hungUp: (reason) => {
          if (this.session?.parser === parser) this.lost(reason);
          else early.hungUp = reason;
        },
      });
      if (!this.gate.opened) await port.close();
      else this.opened(port, parser);
    } catch (error) {
      this.failed(error);
    }
    if (early.hungUp !== undefined) this.lost(early.hungUp);
  }

  private opened(port: OpenSerialPort, parser: SerialParser): void {
    const { name, path, baud, peerRecovery } = this.options;
    const transmitter = new Transmitter(port, this.gate);
    this.session = { port, parser, transmitter };
    this.backoff.reset();
    this.loggedProblem = undefined;
    this.parts.log.info('serial port is open', { link: name, path, baud });
    if (peerRecovery) transmitter.recover();
    this.gate.up(true, `${path} is open`);
  }

  private failed(error: unknown): void {
    if (!this.gate.opened) return;
    const { name, path } = this.options;
    const { problem, advice } = openAdvice(error);
    if (problem !== this.loggedProblem) {
      this.parts.log.error(`cannot open ${path}: ${advice}; trying on`, {
        link: name,
        operation: 'open',
        cause: describeError(error),
      });
    }
    this.loggedProblem = problem;
    this.backoff.retryLater();
  }

  private lost(reason: string): void {
    const session = this.session;
    if (session === undefined || !this.gate.opened) return;
    this.session = undefined;
    const { name, path } = this.options;
    this.parts.log.warn(`${path} hung up; trying to reopen it`, { link: name, cause: reason });
    session.parser.flush();
    for (let lost = session.transmitter.close(); lost > 0; lost--) this.gate.drop('TransmitLinkDown');
    this.gate.up(false, `${path} hung up: ${reason}`);
    this.backoff.retryLater();
    // Whoever was refused may hand over again: it is taken and counted until the port is back.
    this.gate.writable();
  }
}
