import type { Clock, Timer } from '../base/clock';
import { MctpError } from '../base/errors';
import { Errno, osError } from './errno';
import { LITTLE_ENDIAN, viewOf } from './native-order';
import { NetlinkOption, type NetlinkMessage, type NetlinkSocket } from './netlink';
import type { KernelAccess } from './kernel-access';
import { decodeAttributes } from './netlink-attributes';
import type { Ack } from './kernel-errors';
import type { RtnetlinkRequest } from './rtnetlink-messages';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const Flag = { request: 1, ack: 4, dumpInterrupted: 0x10, dump: 0x300, capped: 0x100, ackAttributes: 0x200 };
const NLMSGERR_TEXT = 1;
const NETLINK_HEADER = 16;

/** The kernel answers at once; this only keeps a lost answer from being waited for without end. */
const ANSWER_MS = 5000;
/** A table that changes faster than it can be read. */
const DUMP_TRIES = 5;

/** What ended a request: its acknowledgement, and the messages of a dump before it. */
interface Outcome extends Ack {
  readonly replies: readonly Uint8Array[];
  /** The table changed during the dump, or messages of it were lost. */
  readonly torn: boolean;
}

interface Pending {
  readonly sequence: number;
  readonly replies: Uint8Array[];
  torn: boolean;
  readonly timer: Timer;
  readonly resolve: (outcome: Outcome) => void;
}

/** Requests to rtnetlink, one at a time, on a socket of their own. */
export class Rtnetlink {
  private readonly socket: NetlinkSocket;
  private sequence = 0;
  private pending: Pending | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    access: KernelAccess,
    private readonly clock: Clock,
  ) {
    this.socket = access.openNetlink({
      message: (message) => this.message(message),
      failed: (errno) => this.failed(errno),
    });
    this.socket.setOption(NetlinkOption.strictCheck, 1);
    this.socket.setOption(NetlinkOption.extendedAck, 1);
  }

  /** Runs `work` after what was asked before: {@link change} and {@link dump} are called in a turn only. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.tail.then(work);
    // The next in turn does not care how this one ends; its caller gets the error from `run`.
    this.tail = run.catch(() => undefined);
    return run;
  }

  /** Asks for a change. What its errno means is for the caller. */
  change(request: RtnetlinkRequest): Promise<Ack> {
    return this.ask(request, Flag.request | Flag.ack);
  }

  /**
   * Payloads of a whole table, as it was at one moment.
   * @throws MctpError `internal`, `closed`
   */
  async dump(request: RtnetlinkRequest): Promise<readonly Uint8Array[]> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.ask(request, Flag.request | Flag.dump);
      if (outcome.errno === 0 && !outcome.torn) return outcome.replies;
      if (!outcome.torn || attempt === DUMP_TRIES) {
        const errno = outcome.errno === 0 ? Errno.EAGAIN : outcome.errno;
        throw osError('internal', `cannot read the kernel's tables (rtnetlink type ${request.type})`, errno);
      }
    }
  }

  close(): void {
    this.closed = true;
    this.socket.close();
    this.settle({ errno: Errno.EBADF, text: 'the MCTP stack is shut down' });
  }

  private ask(request: RtnetlinkRequest, flags: number): Promise<Outcome> {
    if (this.closed) return Promise.reject(new MctpError('closed', 'the MCTP stack is shut down'));
    if (this.pending !== undefined) {
      return Promise.reject(new MctpError('internal', 'a netlink request out of turn'));
    }
    const sequence = ++this.sequence;
    const answer = new Promise<Outcome>((resolve) => {
      const timer = this.clock.setTimer(ANSWER_MS, () => this.settle({ errno: Errno.ETIMEDOUT }));
      this.pending = { sequence, replies: [], torn: false, timer, resolve };
    });
    const sent = this.socket.send({ ...request, flags, sequence });
    if (sent < 0) this.settle({ errno: -sent });
    return answer;
  }

  /** What belongs to an older request, or has come twice, is left out. */
  private message({ type, flags, sequence, payload }: NetlinkMessage): void {
    const { pending } = this;
    if (pending === undefined || sequence !== pending.sequence) return;
    if ((flags & Flag.dumpInterrupted) !== 0) pending.torn = true;
    if (type === NLMSG_ERROR) this.settle(decodeAck(payload, flags));
    else if (type === NLMSG_DONE) this.settle({ errno: errnoOf(payload) });
    else pending.replies.push(payload);
  }

  /** ENOBUFS: part of the answer is lost. */
  private failed(errno: number): void {
    if (this.pending === undefined) return;
    this.pending.torn = true;
    this.settle({ errno });
  }

  private settle(ack: Ack): void {
    const { pending } = this;
    this.pending = undefined;
    pending?.timer.cancel();
    pending?.resolve({ ...ack, replies: pending.replies, torn: pending.torn });
  }
}

/** s32 negative errno; the request, or its header alone when capped; then attributes, if the flags say so. */
function decodeAck(payload: Uint8Array, flags: number): Ack {
  const errno = errnoOf(payload);
  if ((flags & Flag.ackAttributes) === 0 || payload.length < 4 + NETLINK_HEADER) return { errno };
  const echoed = (flags & Flag.capped) !== 0 ? NETLINK_HEADER : viewOf(payload).getUint32(4, LITTLE_ENDIAN);
  const text = decodeAttributes(payload.subarray(Math.min(payload.length, 4 + ((echoed + 3) & ~3)))).get(
    NLMSGERR_TEXT,
  );
  return { errno, text: text === undefined ? undefined : readText(text) };
}

/** A message too short to tell is taken for a failure. */
function errnoOf(payload: Uint8Array): number {
  return payload.length < 4 ? Errno.EIO : Math.abs(viewOf(payload).getInt32(0, LITTLE_ENDIAN));
}

function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1');
}
