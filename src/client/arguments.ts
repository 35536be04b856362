import { EID_BROADCAST, EID_NULL, isEndpointEid } from '../base/ids';
import { ClientError, badArgument } from './client-error';
import { MAX_PAYLOAD, type Handle, type SendOptions } from './mctp-client';

/** The checks of arguments that every client makes, before anything is sent or written to a wire of fixed widths. */

/** R-API-30. */
export function checkTimeout(timeoutMillis: number): void {
  if (isInRange(timeoutMillis, 0, 0xffffffff)) return;
  throw badArgument(`a time-out is a whole number of milliseconds, 0..4294967295, not ${timeoutMillis}`);
}

/** R-API-10. Whether there is a way to EID 0 is up to the client. */
export function checkRequestEid(eid: number): void {
  if (!isInRange(eid, EID_NULL, EID_BROADCAST - 1)) throw badArgument(`requests go to 0..254, not to ${eid}`);
}

export function checkType(msgType: number): void {
  if (!isInRange(msgType, 0, 0x7f)) throw badArgument(`a message type is 0..127, not ${msgType}`);
}

/** R-API-11. */
export function checkListener(msgType: number, from: number | undefined): void {
  checkType(msgType);
  if (from !== undefined && !isEndpointEid(from)) throw badArgument(`from is an EID of 8..254, not ${from}`);
}

/** R-API-20. */
export function checkOwnEid(eid: number): void {
  if (!isEndpointEid(eid)) throw badArgument(`our EID is one of 8..254, not ${eid}`);
}

/** The form of a request or of a response (R-API-13, R-API-14). */
export function checkSend(
  handle: Handle | null,
  msgType: number,
  payload: Uint8Array,
  { eid, tag }: SendOptions,
): void {
  checkType(msgType);
  if (handle === null) responseTarget(eid, tag);
  else checkRequestTarget(eid, tag);
  if (payload.length > MAX_PAYLOAD) {
    const cause = badArgument(`a payload has at most ${MAX_PAYLOAD} bytes, not ${payload.length}`).cause;
    throw new ClientError('NoSpace', { cause });
  }
}

/** Where a response goes. @throws ClientError `BadArgument` */
export function responseTarget(
  eid: number | undefined,
  tag: number | undefined,
): { eid: number; tag: number } {
  if (eid === undefined || (eid !== EID_NULL && !isEndpointEid(eid))) {
    throw badArgument(`a response goes to the EID of the requester, not to ${String(eid)}`);
  }
  if (tag === undefined || !isInRange(tag, 0, 7)) {
    throw badArgument(`a response has the tag of the request, 0..7, not ${String(tag)}`);
  }
  return { eid, tag };
}

function checkRequestTarget(eid: number | undefined, tag: number | undefined): void {
  if (tag !== undefined) throw badArgument('the stack takes the tag of a request by itself');
  if (eid !== undefined) checkRequestEid(eid);
}

function isInRange(value: number, first: number, last: number): boolean {
  return Number.isInteger(value) && value >= first && value <= last;
}
