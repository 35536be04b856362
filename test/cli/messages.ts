import { Iface } from '../../src/base/bus-names';
import { hex } from '../support/vectors';
import { toHex } from '../../src/base/bytes';
import { SocketBench } from '../client/socket-bench';
import { variant } from '../scan/fake-bus';
import { CliHarness } from './harness';

/** A request in one packet, hex after the type byte, to the response; `undefined`: silence. */
export type Answer = (request: string) => string | undefined;

/** The program, with a client socket behind the D-Bus objects and a device that answers at EID 10. */
export class MessageHarness extends CliHarness implements AsyncDisposable {
  private constructor(readonly sockets: SocketBench) {
    super();
    this.bus.on(`${Iface.properties}.Get`, () => [variant('s', sockets.name.replace('\0', '@'))]);
  }

  static async start(
    answer: Answer,
    parts: Parameters<typeof SocketBench.start>[0] = {},
  ): Promise<MessageHarness> {
    const sockets = await SocketBench.start(parts);
    const device = sockets.bench.bus.attach(10);
    await device.open({
      packet: (packet) => {
        const response = answer(toHex(packet.subarray(5)));
        // Addresses swapped, TO cleared, in one packet, of the same type.
        const head = Uint8Array.of(1, 8, 10, (packet[3] ?? 0) & ~0x08, packet[4] ?? 0);
        if (response !== undefined) device.send(Buffer.concat([head, hex(response)]), Uint8Array.of(0x10));
      },
      writable: () => undefined,
      up: () => undefined,
      drop: () => undefined,
    });
    return new MessageHarness(sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sockets.close();
  }
}

/** A PLDM terminus with TID 10: GetTID, as in the documentation. */
export const pldmTerminus: Answer = (request) => (request === '800002' ? '000002000a' : undefined);
