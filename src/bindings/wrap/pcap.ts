import type { Clock } from '../../base/clock';
import type { Log } from '../../base/log';
import type { Binding, BindingInfo, BindingListener } from '../../core/binding';
import { CaptureFile } from './capture-file';
import { enhancedPacket, interfaceDescription, sectionHeader } from './pcapng';

export interface CaptureOptions {
  /** Link name, which becomes the interface name in the capture. */
  readonly name: string;
  /** The pcapng file; one that exists is overwritten. */
  readonly path: string;
}

/** Writes the packets of any binding to a pcapng file (LINKTYPE_MCTP). */
export class PacketCapture implements Binding {
  readonly info: BindingInfo;
  private readonly file: CaptureFile;
  private isUp = false;

  constructor(
    private readonly inner: Binding,
    private readonly options: CaptureOptions,
    private readonly parts: { readonly clock: Clock; readonly log: Log },
  ) {
    this.info = inner.info;
    this.file = new CaptureFile({ path: options.path, link: options.name }, parts.log);
  }

  async open(listener: BindingListener): Promise<void> {
    const head = [sectionHeader('mctp-endpoint-manager'), interfaceDescription(this.options.name)];
    await this.file.open(Buffer.concat(head));
    await this.inner.open({
      packet: (packet, source) => {
        this.capture(packet, false);
        listener.packet(packet, source);
      },
      writable: () => listener.writable(),
      up: (isUp, reason) => {
        this.isUp = isUp;
        listener.up(isUp, reason);
      },
      drop: (reason) => listener.drop(reason),
    });
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    const taken = this.inner.send(packet, destination, broadcast);
    // What a link that is down takes only to count it was never sent.
    if (taken && this.isUp) this.capture(packet, true);
    return taken;
  }

  nudge(): void {
    this.inner.nudge?.();
  }

  async close(): Promise<void> {
    await this.inner.close();
    await this.file.close();
  }

  private capture(packet: Uint8Array, outbound: boolean): void {
    this.file.append(enhancedPacket({ packet, time: this.parts.clock.wallTime(), outbound }));
  }
}
