import { createHash } from 'node:crypto';
import { MctpSocket } from '../../../src/os/mctp-socket';
import { TAG_OWNER, TAG_MASK, type MctpSocketAddress } from '../../../src/os/mctp-address';
import { loadNative } from '../../../src/os/native-module';
import { within } from '../../support/within';

/** Message types that {@link KernelResponder} answers. */
export const ECHO_TYPE = 0x01;
export const DIGEST_TYPE = 0x02;

const CONTROL_TYPE = 0x00;
const ANY_EID = 0xff;
const PATIENCE_MS = 20_000;

/**
 * A program on the kernel's MCTP sockets: sends back what it gets of one type, and the SHA-256 of another; tells its
 * EID, 9, to whoever asks, and knows no other control command.
 */
export class KernelResponder implements Disposable {
  private readonly sockets: MctpSocket[] = [];

  /** @param options `control`: false where a daemon answers control commands */
  constructor({ control = true } = {}) {
    try {
      if (control) this.serve(CONTROL_TYPE, answerControl);
      this.serve(ECHO_TYPE, (bytes) => bytes);
      this.serve(DIGEST_TYPE, (bytes) => createHash('sha256').update(bytes).digest());
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.close();
  }

  private serve(type: number, answer: (bytes: Uint8Array) => Uint8Array): void {
    const socket = MctpSocket.open(loadNative(), {
      message: (bytes, from) => {
        send(socket, answer(bytes), { ...from, tag: from.tag & TAG_MASK });
      },
      failed: (errno) => {
        throw new Error(`receiving failed with errno ${errno}`);
      },
    });
    this.sockets.push(socket);
    socket.bind({ network: 0, eid: ANY_EID, type });
  }
}

const GET_ENDPOINT_ID = 0x02;
const UNSUPPORTED = 0x05;

function answerControl([header = 0, command = 0]: Uint8Array): Uint8Array {
  const instance = header & 0x1f;
  if (command !== GET_ENDPOINT_ID) return Uint8Array.of(instance, command, UNSUPPORTED);
  return Uint8Array.of(instance, command, 0x00, 9, 0x00, 0x00);
}

/** One request from the kernel's side. @returns the answer's bytes without the type byte */
export async function kernelRequest(
  to: { readonly eid: number; readonly type: number },
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const { answer, socket } = open();
  try {
    send(socket, bytes, { network: 1, ...to, tag: TAG_OWNER });
    return await within('the answer to the kernel', answer, PATIENCE_MS);
  } finally {
    socket.close();
  }
}

function open(): { readonly answer: Promise<Uint8Array>; readonly socket: MctpSocket } {
  const opened: { socket?: MctpSocket } = {};
  const answer = new Promise<Uint8Array>((resolve, reject) => {
    opened.socket = MctpSocket.open(loadNative(), {
      message: (received) => resolve(received),
      failed: (errno) => reject(new Error(`receiving failed with errno ${errno}`)),
    });
  });
  if (opened.socket === undefined) throw new Error('no socket');
  return { answer, socket: opened.socket };
}

function send(socket: MctpSocket, bytes: Uint8Array, to: MctpSocketAddress): void {
  const sent = socket.send(bytes, to);
  if (sent !== bytes.length) throw new Error(`the kernel took ${sent} of ${bytes.length} bytes`);
}
