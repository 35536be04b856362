import { fromHex } from '../base/bytes';
import { HEADER_SIZE } from '../base/ids';

/**
 * What runs over the simulator's unix-socket bus (SOCK_SEQPACKET, so each line below is one message):
 *
 * 1. client: hello = `4d 43 53 42`, version 01, own physical address (1 byte)
 * 2. server: welcome = `4d 43 53 42`, version 01, status (00 attached, 01 address in use, 02 version not supported);
 *    after a status other than 00 it closes
 * 3. both ways from then on: frame = destination (1), source (1), flags (1), MCTP packet (4..65535). Flag bit 0 is a
 *    broadcast to everybody but the sender, its destination is ff. Other flags are 0.
 *
 * The server passes a frame on with the sender's attached address as source, whatever the sender wrote; frames to an
 * address nobody has vanish.
 */
export const SIM_BUS_VERSION = 1;

const MAGIC = fromHex('4d435342') ?? new Uint8Array(4);
const OPENING_SIZE = MAGIC.length + 2;
const FRAME_HEAD = 3;
const BROADCAST_FLAG = 0x01;
const BROADCAST_DESTINATION = 0xff;
const MAX_PACKET = 65535;

/** The longest message on the socket. */
export const SIM_BUS_MAX_MESSAGE = FRAME_HEAD + MAX_PACKET;

export const WelcomeStatus = { attached: 0, addressInUse: 1, badVersion: 2 } as const;

export interface SimHello {
  readonly version: number;
  readonly address: number;
}

export interface SimWelcome {
  readonly version: number;
  /** {@link WelcomeStatus}, or a value of a later version. */
  readonly status: number;
}

export interface SimFrame {
  /** 0..255; without meaning in a broadcast. */
  readonly destination: number;
  readonly source: number;
  readonly broadcast: boolean;
  /** Shares memory with the message it was decoded from. */
  readonly packet: Uint8Array;
}

export function encodeHello(address: number): Uint8Array {
  return Uint8Array.of(...MAGIC, SIM_BUS_VERSION, address);
}

export function decodeHello(message: Uint8Array): SimHello | undefined {
  const fields = decodeOpening(message);
  return fields === undefined ? undefined : { version: fields[0], address: fields[1] };
}

export function encodeWelcome(status: number): Uint8Array {
  return Uint8Array.of(...MAGIC, SIM_BUS_VERSION, status);
}

export function decodeWelcome(message: Uint8Array): SimWelcome | undefined {
  const fields = decodeOpening(message);
  return fields === undefined ? undefined : { version: fields[0], status: fields[1] };
}

/** A new message; `packet` is copied. */
export function encodeSimFrame(frame: SimFrame): Uint8Array {
  const message = new Uint8Array(FRAME_HEAD + frame.packet.length);
  message[0] = frame.broadcast ? BROADCAST_DESTINATION : frame.destination;
  message[1] = frame.source;
  message[2] = frame.broadcast ? BROADCAST_FLAG : 0;
  message.set(frame.packet, FRAME_HEAD);
  return message;
}

/** `undefined` for anything that is not a frame of this version. */
export function decodeSimFrame(message: Uint8Array): SimFrame | undefined {
  const [destination, source, flags] = message;
  if (destination === undefined || source === undefined || flags === undefined) return undefined;
  if (message.length < FRAME_HEAD + HEADER_SIZE || message.length > SIM_BUS_MAX_MESSAGE) return undefined;
  if ((flags & ~BROADCAST_FLAG) !== 0) return undefined;
  return { destination, source, broadcast: flags === BROADCAST_FLAG, packet: message.subarray(FRAME_HEAD) };
}

function decodeOpening(message: Uint8Array): readonly [number, number] | undefined {
  if (message.length !== OPENING_SIZE || MAGIC.some((byte, index) => message[index] !== byte))
    return undefined;
  return [message[MAGIC.length] ?? 0, message[MAGIC.length + 1] ?? 0];
}
