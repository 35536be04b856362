import { systemClock } from '../../src/base/clock';
import { loadNative } from '../../src/os/native-module';
import { connectSeqpacket } from '../../src/os/seqpacket';
import type { SeqpacketConnection } from '../../src/os/seqpacket-connection';

/** A client of the demux that does nothing but count, and hand each frame to whoever wants it next. */
export class BenchClient {
  received = 0;
  onFrame: (frame: Uint8Array) => void = () => undefined;
  private connection: SeqpacketConnection | undefined;

  /** @param type to register for; `undefined`: the other side is no demux */
  static async connect(name: string, type: number | undefined): Promise<BenchClient> {
    const client = new BenchClient();
    client.connection = await connectSeqpacket({
      ...{ ops: loadNative(), clock: systemClock, name, patienceMs: 2000, waitForServer: true },
      limits: { frames: 4096, bytes: 1 << 28 },
      listener: {
        message: (bytes) => {
          client.received++;
          client.onFrame(bytes);
        },
        closed: () => undefined,
      },
    });
    if (type !== undefined) client.send(Uint8Array.of(type));
    return client;
  }

  send(frame: Uint8Array): void {
    const result = this.connection?.send(frame);
    if (result !== 'sent' && result !== 'queued')
      throw new Error(`a frame could not be sent: ${String(result)}`);
  }

  close(): void {
    this.connection?.close();
  }
}
