import type { Clock } from '../base/clock';
import type { ErrorContext } from '../base/errors';
import { MessageType } from '../base/ids';
import { ClientError } from '../client/client-error';
import type { Handle, MctpClient, ReceivedMessage } from '../client/mctp-client';
import { NvmeMiStatusError, NvmeMiTransportError, unusableAnswer } from './errors';
import { encodeRequest, type RequestHeader, type Slot } from './message';
import { judgeResponse } from './response';

/** How long a request may take. */
export interface Limits {
  /** Milliseconds until the first answer. */
  readonly timeoutMs: number;
  /** Milliseconds in total, however often the endpoint says that it needs more time. */
  readonly totalMs: number;
  /** How often it may say so. */
  readonly moreProcessingLimit: number;
}

/** A slow bus of 64-byte packets takes up to 1.6 s for one command, and drives take their time as well. */
export const DEFAULT_LIMITS: Limits = { timeoutMs: 5000, totalMs: 60_000, moreProcessingLimit: 100 };

/** Of one call; what is absent is as for every call of the endpoint. */
export interface NvmeMiCallOptions extends Partial<Limits> {
  /** Default 0; endpoints may lack slot 1. */
  readonly slot?: Slot;
}

/** As much of a client as requests need. */
export type RequestClient = Pick<MctpClient, 'req' | 'send' | 'recv' | 'release' | 'dropHandle'>;

/** The way to one endpoint. */
export interface Line {
  readonly client: RequestClient;
  readonly eid: number;
  readonly clock: Clock;
}

export interface Call extends RequestHeader {
  /** Between header and MIC. */
  readonly body: Uint8Array;
  /** Where and what, for errors. */
  readonly context: ErrorContext;
  /** The request has left: from now on the slot may be busy with it. */
  sent(): void;
}

/**
 * One request and its final answer. "More processing required" and the final answer have the same tag, so the exchange is
 * held (R-API-43). After a final answer, a refusal included, the tag is free at once: there are eight of them only. After
 * silence or an unusable answer it is quarantined until nothing can come.
 * @returns the body of the answer, from the status byte on
 */
export async function exchange(line: Line, call: Call, limits: Limits): Promise<Uint8Array> {
  const { client, eid } = line;
  const handle = await told(call, client.req(eid, { hold: true }));
  try {
    const message = encodeRequest(call, call.body);
    await told(call, client.send(handle, MessageType.nvmeMi, message.subarray(1), { ic: true }));
    call.sent();
    const answer = await finalAnswer(line, handle, call, limits);
    // The answer is good, however this ends; a handle that cannot be released is dropped all the same.
    await client.release(handle).catch(() => undefined);
    if (answer instanceof NvmeMiStatusError) throw answer;
    return answer;
  } finally {
    await client.dropHandle(handle);
  }
}

async function finalAnswer(
  line: Line,
  handle: Handle,
  call: Call,
  limits: Limits,
): Promise<Uint8Array | NvmeMiStatusError> {
  const deadline = line.clock.now() + limits.totalMs;
  let waitMs = limits.timeoutMs;
  for (let asked = 0; asked <= limits.moreProcessingLimit; asked++) {
    const leftMs = Math.min(waitMs, deadline - line.clock.now());
    const message = await receive(line.client, handle, { call, leftMs, asked });
    const verdict = judgeResponse(message, call);
    switch (verdict.kind) {
      case 'answer':
        return verdict.body;
      case 'refused':
        return new NvmeMiStatusError(verdict.status, verdict.parameter, call.context);
      case 'bad':
        throw unusableAnswer(verdict.reason, call.context);
      case 'more-processing':
        // The answer still has to cross the bus once the time is over, and a time of 0 is the usual one again.
        waitMs = verdict.ms + limits.timeoutMs;
    }
  }
  throw new NvmeMiTransportError(
    'no-response',
    `the NVMe-MI endpoint asked for more time more than ${limits.moreProcessingLimit} times; reset the drive if it keeps on`,
    call.context,
  );
}

/** A whole message, its type byte as it came. */
async function receive(
  client: RequestClient,
  handle: Handle,
  { call, leftMs, asked }: { readonly call: Call; readonly leftMs: number; readonly asked: number },
): Promise<Uint8Array> {
  if (leftMs <= 0) throw silence(call, asked, undefined);
  let received: ReceivedMessage;
  try {
    // 0 would be no limit at all.
    received = await client.recv(handle, Math.max(1, Math.ceil(leftMs)));
  } catch (error) {
    if (error instanceof ClientError && error.isTimeout()) throw silence(call, asked, error);
    throw wayFailed(call, error);
  }
  const { meta, payload } = received;
  const message = new Uint8Array(payload.length + 1);
  message[0] = (meta.msgIc ? 0x80 : 0) | meta.msgType;
  message.set(payload, 1);
  return message;
}

function silence(call: Call, asked: number, cause: unknown): NvmeMiTransportError {
  const text =
    asked === 0
      ? 'the NVMe-MI endpoint does not answer; check that the drive has power and is still at this EID'
      : `the NVMe-MI endpoint asked for more time (${asked} times) and gave no answer in it; try again later`;
  return new NvmeMiTransportError('no-response', text, call.context, { cause });
}

function wayFailed({ context }: Call, cause: unknown): unknown {
  if (!(cause instanceof ClientError)) return cause;
  const text = 'the request cannot be brought to the NVMe-MI endpoint; see the cause';
  return new NvmeMiTransportError('send-failed', text, context, { cause });
}

async function told<T>(call: Call, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw wayFailed(call, error);
  }
}
