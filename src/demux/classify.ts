import { MessageType } from '../base/ids';

/** What the headers above MCTP say about a message (R-DEMUX-21, R-DEMUX-22, R-DEMUX-45). Messages begin with the type byte. */

/** `unknown`: the type has no such bit, or the message ends before it. */
export type MessageKind = 'request' | 'response' | 'unknown';

/** PLDM: Rq bit (DSP0240 §7.1). NVMe-MI: ROR bit (NVMe-MI §3.1.1). SPDM: response codes are below 0x80 (DSP0274 §8.3). */
export function kindOf(message: Uint8Array): MessageKind {
  const [, second, third] = message;
  switch (typeOf(message)) {
    case MessageType.pldm:
      return choose(second, 'request', 'response');
    case MessageType.nvmeMi:
      return choose(second, 'response', 'request');
    case MessageType.spdm:
      return choose(third, 'request', 'response');
    default:
      return 'unknown';
  }
}

/**
 * What a response has in common with its request alone. PLDM: instance ID, PLDM type and command, as one number; NVMe-MI:
 * the command slot. `undefined`: nothing that could be compared.
 */
export function correlationKey(message: Uint8Array): number | undefined {
  const [, second, third, fourth] = message;
  switch (typeOf(message)) {
    case MessageType.pldm:
      if (second === undefined || third === undefined || fourth === undefined) return undefined;
      return ((second & 0x1f) << 16) | ((third & 0x3f) << 8) | fourth;
    case MessageType.nvmeMi:
      return second === undefined ? undefined : second & 1;
    default:
      return undefined;
  }
}

/** An NVMe-MI response with status "more processing required": another one follows under the same tag. */
export function isMoreProcessing(message: Uint8Array): boolean {
  return typeOf(message) === MessageType.nvmeMi && kindOf(message) === 'response' && message[4] === 0x01;
}

export function typeOf(message: Uint8Array): number {
  return (message[0] ?? 0) & 0x7f;
}

function choose(byte: number | undefined, set: MessageKind, clear: MessageKind): MessageKind {
  if (byte === undefined) return 'unknown';
  return (byte & 0x80) !== 0 ? set : clear;
}
