import { byteAt } from '../base/bytes';
import { BASELINE_UNIT, MessageType } from '../base/ids';
import { Malformed } from '../base/reader';

/**
 * The control message header (DSP0236 §12.1): type byte, then Rq (bit 7), D (bit 6) and the instance ID (bits 4:0),
 * then the command code; in responses the completion code follows.
 */

/** Type byte, header byte, command code. */
export const CONTROL_HEADER_SIZE = 3;
/** Control messages fit one baseline packet, type byte included (DSP0236 §12). */
export const CONTROL_MESSAGE_MAX = BASELINE_UNIT;
/** Instance IDs are 0..31. */
export const INSTANCE_IDS = 32;

export const CompletionCode = {
  success: 0x00,
  error: 0x01,
  invalidData: 0x02,
  invalidLength: 0x03,
  notReady: 0x04,
  unsupportedCommand: 0x05,
  /** Get MCTP Version Support only: the message type is not supported. */
  typeNotSupported: 0x80,
} as const;

const COMPLETION_NAMES: ReadonlyMap<number, string> = new Map([
  [CompletionCode.success, 'success'],
  [CompletionCode.error, 'error'],
  [CompletionCode.invalidData, 'invalid data'],
  [CompletionCode.invalidLength, 'invalid length'],
  [CompletionCode.notReady, 'not ready'],
  [CompletionCode.unsupportedCommand, 'unsupported command'],
]);

/** `0x05 (unsupported command)`; codes without a common meaning are the number alone. */
export function completionText(code: number): string {
  const name = COMPLETION_NAMES.get(code);
  const number = `0x${code.toString(16).padStart(2, '0')}`;
  return name === undefined ? number : `${number} (${name})`;
}

export interface ControlMessage {
  /** Rq: true for a request or a datagram. */
  readonly request: boolean;
  /** D: no response is wanted. */
  readonly datagram: boolean;
  /** 0..31. */
  readonly instanceId: number;
  readonly command: number;
  /** What follows the command code: request data, or the completion code and response data. */
  readonly data: Uint8Array;
}

/** Decodes a message from its type byte on. IC=1, another type or fewer than 3 bytes: {@link Malformed}. */
export function decodeControl(message: Uint8Array): ControlMessage | Malformed {
  if (message.length < CONTROL_HEADER_SIZE) return new Malformed('shorter than the control header');
  // Control messages carry IC=0 (DSP0236 §12.1), so the whole byte is 0.
  if (byteAt(message, 0) !== MessageType.control) return new Malformed('not a control message');
  const header = byteAt(message, 1);
  return {
    request: (header & 0x80) !== 0,
    datagram: (header & 0x40) !== 0,
    instanceId: header & 0x1f,
    command: byteAt(message, 2),
    data: message.subarray(CONTROL_HEADER_SIZE),
  };
}

/** A request, or a datagram, from the type byte on. */
export function encodeControlRequest(
  header: Pick<ControlMessage, 'instanceId' | 'command'> & { readonly datagram?: boolean },
  data: Uint8Array,
): Uint8Array {
  const flags = header.datagram === true ? 0xc0 : 0x80;
  return join([MessageType.control, flags | (header.instanceId & 0x1f), header.command], data);
}

/**
 * A response from the type byte on: instance ID and command of the request, Rq, D and the reserved bit clear.
 * @param data what follows the completion code
 */
export function encodeControlResponse(
  request: Pick<ControlMessage, 'instanceId' | 'command'>,
  completion: number,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return join([MessageType.control, request.instanceId & 0x1f, request.command, completion], data);
}

function join(head: readonly number[], data: Uint8Array): Uint8Array {
  const message = new Uint8Array(head.length + data.length);
  message.set(head);
  message.set(data, head.length);
  return message;
}
