import type { OpenSerialPort, SerialPortFactory } from '../../../src/bindings/serial/port';
import { loadNative } from '../../../src/os/native-module';
import { openPtyPort, type PtyPort } from '../../../src/sim/pty-port';
import { KernelDevice } from './kernel-device';

/** A serial line whose one end is the kernel's own mctp-serial. The other end is ours. */
export class KernelLine implements AsyncDisposable {
  private ours: OpenSerialPort | undefined;

  private constructor(
    readonly device: KernelDevice,
    private readonly pty: PtyPort,
  ) {}

  static open(): KernelLine {
    const pty = openPtyPort(loadNative());
    try {
      return new KernelLine(KernelDevice.attach(pty.slavePath), pty);
    } catch (error) {
      pty.close();
      throw error;
    }
  }

  /** Our end, for a serial binding. */
  get ports(): SerialPortFactory {
    return {
      open: async (settings, events) => {
        this.ours = await this.pty.ports.open(settings, events);
        return this.ours;
      },
    };
  }

  /** Bytes towards the kernel besides those of whoever has our end open. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ours === undefined) throw new Error('our end of the line is not open');
      this.ours.write(bytes, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Opens our end for {@link write} alone. What the kernel sends goes nowhere. */
  async openRaw(): Promise<void> {
    await this.ports.open({ path: '', baud: 0 }, { data: () => undefined, hungUp: () => undefined });
  }

  /** The cable is pulled out. */
  async unplug(): Promise<void> {
    this.pty.close();
    await this.device.detach();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unplug();
  }
}
