import { MctpError } from '../base/errors';
import { BASELINE_UNIT, MAX_MESSAGE, MessageType } from '../base/ids';
import { Fragmenter } from './fragment';
import type { RouterLink } from './link-table';
import { tagBits } from './packet';
import type { Addressing } from './packet';
import type { Plan } from './plan';

/** Where a message leaves us, and in what packets. */
export type Way = Pick<Plan, 'link' | 'physical' | 'broadcast' | 'unit'>;

/** Puts a message into the link's queue; settles when its last packet was handed over. */
export function enqueue(
  { link, physical, broadcast, unit }: Way,
  addressing: Addressing,
  message: Uint8Array,
  onPacket: (now: number) => void,
): Promise<void> {
  const { destination, source, tag, to } = addressing;
  return new Promise((resolve, reject) => {
    link.port.send({
      packets: new Fragmenter(message, addressing, unit),
      physical,
      broadcast,
      name: (destination << 12) | (source << 4) | tagBits(to, tag),
      bytes: message.length,
      foreign: !to,
      single: message.length <= unit,
      onPacket,
      onDone: (failure) => {
        if (failure === undefined) resolve();
        else reject(failure);
      },
    });
  });
}

/** The message type, without the integrity check bit (DSP0236 §8.1). */
export function typeOf(message: Uint8Array): number {
  return (message[0] ?? 0) & 0x7f;
}

/** @throws MctpError `invalid-arguments`, `message-too-long` */
export function checkMessage(message: Uint8Array): void {
  const { length } = message;
  if (length === 0) throw new MctpError('invalid-arguments', 'a message has a type byte at least');
  if (length > MAX_MESSAGE) {
    throw new MctpError('message-too-long', `a message has at most ${MAX_MESSAGE} bytes, this one ${length}`);
  }
  // Control messages always fit one packet of baseline size (DSP0236 §11).
  if (typeOf(message) === MessageType.control && length > BASELINE_UNIT) {
    throw new MctpError('message-too-long', `a control message has at most 64 bytes, this one ${length}`);
  }
}

/**
 * @param replyTo physical address, where it is a reply
 * @throws MctpError `link-down`, `queue-full`
 */
export function checkLink({ info, port }: RouterLink, bytes: number, replyTo?: Uint8Array): void {
  const context = { link: info.name, network: info.network };
  if (!info.up) throw new MctpError('link-down', 'the link is down; try again when it is up', context);
  const hasRoom = replyTo === undefined ? port.hasRoom(bytes) : port.hasRoomForForeign(bytes, replyTo);
  if (!hasRoom) {
    // Nobody may be told of it: the caller of a reply has nobody to turn to.
    port.drop('TransmitQueueFull');
    throw new MctpError('queue-full', 'too much waits for the link already; try again later', context);
  }
}
