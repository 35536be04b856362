import { toHex } from '../../src/base/bytes';
import type { Binding } from '../../src/core/binding';
import { idle } from './test-clock';
import { hex } from './vectors';

/** The address the daemon has on a loopback link. */
const DAEMON = Uint8Array.of(0x10);

/** Says what a test makes it say, byte by byte, and keeps what it is told. */
export class RawDevice implements AsyncDisposable {
  private packets: string[] = [];

  private constructor(private readonly binding: Binding) {}

  static async open(binding: Binding): Promise<RawDevice> {
    const device = new RawDevice(binding);
    await binding.open({
      packet: (packet) => device.packets.push(toHex(packet)),
      writable: () => undefined,
      up: () => undefined,
      drop: () => undefined,
    });
    return device;
  }

  /** Sends packets, hex with or without spaces. @returns what came back meanwhile, hex */
  async say(...packets: readonly string[]): Promise<string[]> {
    for (const packet of packets) this.binding.send(hex(packet), DAEMON);
    await idle();
    return this.heard();
  }

  /** What has come since the last time, hex. */
  heard(): string[] {
    return this.packets.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.binding.close();
  }
}
