import { MctpSocket } from '../../../src/os/mctp-socket';
import { loadNative } from '../../../src/os/native-module';

const ANY_EID = 0xff;

/** A program on the kernel's MCTP sockets that only notes what comes: requests of one type, each with a name for text. */
export class KernelInbox implements Disposable {
  readonly names: string[] = [];
  private readonly socket: MctpSocket;

  constructor(type: number) {
    this.socket = MctpSocket.open(loadNative(), {
      message: (bytes) => this.names.push(Buffer.from(bytes).toString()),
      failed: (errno) => {
        throw new Error(`receiving failed with errno ${errno}`);
      },
    });
    this.socket.bind({ network: 0, eid: ANY_EID, type });
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}
