import type { Binding, BindingInfo, BindingListener } from '../../core/binding';

/** Told of each packet; `packet` is only valid during the call. */
export type PacketListener = (packet: Uint8Array, outbound: boolean) => void;

/** Shows the packets of any binding to somebody else: those that came, and those that went. */
export class PacketTap implements Binding {
  readonly info: BindingInfo;
  private isUp = false;

  constructor(
    private readonly inner: Binding,
    private readonly seen: PacketListener,
  ) {
    this.info = inner.info;
  }

  open(listener: BindingListener): Promise<void> {
    return this.inner.open({
      packet: (packet, source) => {
        this.seen(packet, false);
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
    if (taken && this.isUp) this.seen(packet, true);
    return taken;
  }

  nudge(): void {
    this.inner.nudge?.();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
