import type { Incoming } from '../core/net';
import type { ReceivedMessage } from './mctp-client';

/** A message of the stack as clients get it (R-API-4, R-API-5). */
export function receivedFrom({ bytes, type, ic, tag, source }: Incoming): ReceivedMessage {
  // A copy: the stack cuts several messages from one allocation.
  const payload = new Uint8Array(bytes.subarray(1));
  return {
    meta: { msgType: type, msgIc: ic, msgTag: tag, remoteEid: source, payloadSize: payload.length },
    payload,
  };
}

/** A message from its type byte on. */
export function messageOf(msgType: number, ic: boolean, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + payload.length);
  message[0] = ic ? msgType | 0x80 : msgType;
  message.set(payload, 1);
  return message;
}
