import type { Clock } from '../../base/clock';
import type { Log } from '../../base/log';
import type { Binding, BindingInfo, BindingListener } from '../../core/binding';
import { CaptureFile } from './capture-file';
import { enhancedPacket, interfaceDescription, sectionHeader } from './pcapng';
import { PacketTap } from './tap';

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
  private readonly tap: PacketTap;

  constructor(
    inner: Binding,
    private readonly options: CaptureOptions,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ) {
    this.info = inner.info;
    this.file = new CaptureFile({ path: options.path, link: options.name }, log);
    this.tap = new PacketTap(inner, (packet, outbound) =>
      this.file.append(enhancedPacket({ packet, time: clock.wallTime(), outbound })),
    );
  }

  async open(listener: BindingListener): Promise<void> {
    await this.file.open(Buffer.concat([sectionHeader(), interfaceDescription(this.options.name)]));
    await this.tap.open(listener);
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    return this.tap.send(packet, destination, broadcast);
  }

  nudge(): void {
    this.tap.nudge();
  }

  async close(): Promise<void> {
    await this.tap.close();
    await this.file.close();
  }
}
