import type { Clock, Timer } from '../base/clock';
import { MctpError } from '../base/errors';
import { Errno, osError } from './errno';
import { LITTLE_ENDIAN, viewOf } from './native-order';
import { NetlinkOption, type NetlinkMessage, type NetlinkSocket } from './netlink';
import type { KernelAccess } from './kernel-access';
import { areWhole, decodeAttributes } from './netlink-attributes';
import type { Ack } from './kernel-errors';
import { replyType, type RtnetlinkRequest } from './rtnetlink-messages';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const Flag = { request: 1, ack: 4, dumpInterrupted: 0x10, dump: 0x300, capped: 0x100, ackAttributes: 0x200 };
const NLMSGERR_TEXT = 1;
const NETLINK_HEADER = 16;

/** The kernel answers at once; this only keeps a lost answer from being waited for without end. */
const ANSWER_MS = 5000;
/** A table that changes faster than it can be read. */
const DUMP_TRIES = 5;
/** More than any machine has of anything: a dump that does not end. */
const MOST_REPLIES = 100_000;

/** What ended a request: its acknowledgement, and the messages of a dump before it. */
interface Outcome extends Ack {
  readonly replies: readonly Uint8Array[];
  /** The table changed during the dump, or messages of the answer were lost or damaged. */
  readonly torn: boolean;
}

interface Pending {
  readonly sequence: number;
  /** Message type that a dump consists of; `undefined`: a change, which is acknowledged. */
  readonly wanted: number | undefined;
  readonly replies: Uint8Array[];
  torn: boolean;
  readonly timer: Timer;
  readonly resolve: (outcome: Outcome) => void;
}

/** Requests to rtnetlink, one at a time, on a socket of their own. */
export class Rtnetlink {
  /** `undefined` after a lost answer: what may still come of it is of no use, and keeps the kernel from the next dump. */
  private socket: NetlinkSocket | undefined;
  private sequence = 0;
  private pending: Pending | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;

  /**
   * @param unsure the answer to a change was lost: whether it was done, only a dump tells
   * @throws MctpError `not-supported`, `internal`
   */
  constructor(
    private readonly access: KernelAccess,
    private readonly clock: Clock,
    private readonly unsure: () => void = () => undefined,
  ) {
    this.socket = this.open();
  }

  /** Runs `work` after what was asked before: {@link change} and {@link dump} are called in a turn only. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.tail.then(work);
    // The next in turn does not care how this one ends; its caller gets the error from `run`.
    this.tail = run.catch(() => undefined);
    return run;
  }

  /** Asks for a change. What its errno means is for the caller. */
  async change(request: RtnetlinkRequest): Promise<Ack> {
    const outcome = await this.ask(request, Flag.request | Flag.ack);
    if (outcome.torn && !this.closed) this.unsure();
    return outcome;
  }

  /**
   * Payloads of a whole table, as it was at one moment.
   * @throws MctpError `internal`, `closed`
   */
  async dump(request: RtnetlinkRequest): Promise<readonly Uint8Array[]> {
    for (let attempt = 1; ; attempt++) {
      const { errno, replies, torn } = await this.ask(request, Flag.request | Flag.dump);
      // The structure of the family is as long in a reply as in what was asked.
      const isTorn = torn || !replies.every((reply) => areWhole(reply.subarray(request.payload.length)));
      if (errno === 0 && !isTorn) return replies;
      if (!isTorn || errno === Errno.ETIMEDOUT || attempt === DUMP_TRIES) {
        const cause = errno === 0 ? Errno.EAGAIN : errno;
        throw osError('internal', `cannot read the kernel's tables (rtnetlink type ${request.type})`, cause);
      }
    }
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
    this.settle({ errno: Errno.EBADF, text: 'the MCTP stack is shut down' });
  }

  private open(): NetlinkSocket {
    const socket = this.access.openNetlink({
      message: (message) => this.message(message),
      failed: (errno) => this.failed(errno),
    });
    try {
      socket.setOption(NetlinkOption.strictCheck, 1);
      socket.setOption(NetlinkOption.extendedAck, 1);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  private async ask(request: RtnetlinkRequest, flags: number): Promise<Outcome> {
    if (this.closed) throw new MctpError('closed', 'the MCTP stack is shut down');
    if (this.pending !== undefined) throw new MctpError('internal', 'a netlink request out of turn');
    this.socket ??= this.open();
    const sequence = (this.sequence = (this.sequence + 1) >>> 0);
    const wanted = (flags & Flag.dump) === 0 ? undefined : replyType(request.type);
    const answer = new Promise<Outcome>((resolve) => {
      const timer = this.clock.setTimer(ANSWER_MS, () => this.lose(Errno.ETIMEDOUT));
      this.pending = { sequence, wanted, replies: [], torn: false, timer, resolve };
    });
    const sent = this.socket.send({ ...request, flags, sequence });
    if (sent < 0) this.settle({ errno: -sent });
    return answer;
  }

  /** What belongs to an older request, has come twice, or is nothing that was asked for, is left out. */
  private message({ type, flags, sequence, payload }: NetlinkMessage): void {
    const { pending } = this;
    if (pending === undefined || sequence !== pending.sequence) return;
    if ((flags & Flag.dumpInterrupted) !== 0) pending.torn = true;
    const isDump = pending.wanted !== undefined;
    if (type === NLMSG_ERROR) this.acknowledged(decodeAck(payload, flags), isDump);
    else if (type === NLMSG_DONE && isDump) this.settle({ errno: errnoOf(payload) });
    else if (type === pending.wanted && pending.replies.push(payload) > MOST_REPLIES)
      this.lose(Errno.EOVERFLOW);
  }

  /** A dump ends otherwise, unless it is refused. */
  private acknowledged(ack: Ack, isDump: boolean): void {
    if (ack.errno !== 0 || !isDump) this.settle(ack);
  }

  /** Of a damaged datagram the rest of the answer may come yet; otherwise part of it is lost for good (ENOBUFS). */
  private failed(errno: number): void {
    if (errno !== Errno.EBADMSG) this.lose(errno);
    else if (this.pending !== undefined) this.pending.torn = true;
  }

  private lose(errno: number): void {
    this.socket?.close();
    this.socket = undefined;
    if (this.pending !== undefined) this.pending.torn = true;
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
