import type { Clock, Timer } from '../base/clock';
import { describeCause, isMctpError, type MctpError } from '../base/errors';
import type { Log } from '../base/log';
import { decodeDemuxFrame, decodeRegistration } from '../client/demux-wire';
import type { SeqpacketConnection, SeqpacketListener } from '../os/seqpacket-connection';
import type { Access } from './credentials';
import type { DemuxNetwork, Member } from './demux-network';
import type { DemuxDrops } from './drops';
import type { SeldomEach } from './seldom';

export interface DemuxClientParts {
  readonly network: DemuxNetwork;
  readonly clock: Clock;
  readonly log: Log;
  /** Of all clients: one that comes back to be disconnected again must not fill the log. */
  readonly lines: SeldomEach;
  readonly drops: DemuxDrops;
  readonly socket: Pick<
    SeqpacketConnection,
    'send' | 'close' | 'pause' | 'resume' | 'credentials' | 'backlog'
  >;
  readonly access: Access;
  /** How long it may take to register, in milliseconds (R-DEMUX-9). */
  readonly registerMs: number;
  /** The connection is over, for whatever reason; once. */
  readonly gone: () => void;
}

/** One connection to a demux socket: the registration, then frames in both directions. */
export class DemuxClient implements SeqpacketListener {
  private member: Member | undefined;
  private readonly registration: Timer;
  private over = false;

  constructor(private readonly parts: DemuxClientParts) {
    this.registration = parts.clock.setTimer(parts.registerMs, () => this.cut('it did not register'));
  }

  message(datagram: Uint8Array): void {
    if (this.over) return;
    if (this.member === undefined) this.register(datagram);
    else this.frame(this.member, datagram);
  }

  oversized(length: number): void {
    this.tooLong(length);
  }

  closed(): void {
    this.end();
  }

  /** The connection is closed and what the client had is free. Idempotent. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.registration.cancel();
    const { socket, network, gone } = this.parts;
    socket.close();
    if (this.member !== undefined) network.leave(this.member);
    gone();
  }

  private register(datagram: Uint8Array): void {
    const type = decodeRegistration(datagram);
    const { access, socket } = this.parts;
    if (type === undefined) {
      this.cut('it registered for no type that a client can have');
    } else if (access.types?.includes(type) === false) {
      this.cut('its user may not register', `its user may not register for type ${type}`);
    } else {
      this.registration.cancel();
      this.member = {
        type,
        deliver: (frame) => this.deliver(frame),
        throttle: (isFull) => {
          if (isFull) socket.pause();
          else socket.resume();
        },
        refused: (error) => this.refuse(error),
      };
      this.join(this.member);
    }
  }

  private join(member: Member): void {
    try {
      this.parts.network.join(member);
    } catch (error) {
      if (!isMctpError(error)) throw error;
      this.refuse(error);
    }
  }

  private refuse(error: MctpError): void {
    this.cut('its type cannot be had', `its type cannot be had: ${describeCause(error)}`);
  }

  private frame(member: Member, datagram: Uint8Array): void {
    const frame = decodeDemuxFrame(datagram);
    if (frame === 'too-short') this.parts.drops.drop('FrameTooShort', { type: member.type });
    else if (frame === 'too-long') this.tooLong(datagram.length);
    else this.parts.network.frame(member, frame.eid, frame.message);
  }

  private tooLong(length: number): void {
    this.parts.drops.drop('FrameTooLong', { type: this.member?.type, length });
  }

  /** All or nothing: a client that misses a frame without knowing is worse off than one that has to connect again. */
  private deliver(frame: Uint8Array): void {
    const result = this.parts.socket.send(frame);
    if (result === 'full') this.cut('it does not read');
    // The kernel's own limit on a message: the receiver cannot get it, however often it connects.
    if (result === 'too-long') this.parts.drops.drop('ClientFull', { type: this.member?.type });
  }

  /** @param kind those of one kind and type share a line in the log */
  private cut(kind: string, cause = kind): void {
    if (this.over) return;
    const { socket, lines, log } = this.parts;
    const { pid, uid } = socket.credentials;
    const type = this.member?.type;
    const fields = { cause, pid, uid, type, queued: socket.backlog.frames };
    lines.say(`${kind} ${type ?? ''}`, (left) =>
      log.warn('a demux client was disconnected', { ...fields, ...left }),
    );
    this.end();
  }
}
