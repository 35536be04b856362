import { HELLO_SERIAL, Message } from './dbus-next-types';
import type { RawConnection, RawMessageFields } from './dbus-next-types';
import { encodeHeader } from './encode-message';
import { marshal } from './marshal';

type Unnumbered = Omit<RawMessageFields, 'serial'>;

/** What leaves us, in order, numbered. */
export class Outbox {
  private serial = HELLO_SERIAL;
  private gathering = false;

  constructor(private readonly raw: RawConnection) {}

  /** Of a call, whose reply will name it. */
  nextSerial(): number {
    // Serials are 32 bits and never 0.
    this.serial = this.serial >= 0xffffffff ? 1 : this.serial + 1;
    return this.serial;
  }

  /** The library marshals it, once the handshake is over. @throws Error for a value that does not fit */
  send(fields: RawMessageFields): void {
    this.gather();
    this.raw.message(new Message(fields));
  }

  /** As {@link send}, for what leaves in numbers: marshalled by us. The library's message checks the names. */
  post(fields: Unnumbered): void {
    const message = { ...fields, serial: this.nextSerial() };
    const { signature, body } = new Message(message);
    this.write(message, marshal(signature, body));
  }

  /** As {@link post}, with a body that is marshalled already, little-endian. */
  postRaw(fields: Unnumbered, body: Buffer): void {
    this.write({ ...fields, serial: this.nextSerial() }, body);
  }

  private write(fields: RawMessageFields, body: Buffer): void {
    this.gather();
    const { stream } = this.raw;
    stream.write(encodeHeader(fields, body.length));
    // The stream writes what the socket takes and goes on when there is room, so a large body does not block the loop.
    if (body.length > 0) stream.write(body);
  }

  /** What is sent in one turn leaves in one write: a system call for each message costs more than making it. */
  private gather(): void {
    const { stream } = this.raw;
    if (this.gathering) return;
    this.gathering = true;
    stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      stream.uncork();
    });
  }
}
