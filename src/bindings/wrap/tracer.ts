import { toHex } from '../../base/bytes';
import type { Log } from '../../base/log';
import type { Binding, BindingInfo, BindingListener } from '../../core/binding';
import type { DropReason } from '../../core/drops';

/** Writes every packet, drop and change of a binding to the log at `debug`. */
export class Tracer implements Binding {
  readonly info: BindingInfo;

  constructor(
    private readonly inner: Binding,
    /** `name`: link name. */
    private readonly parts: { readonly name: string; readonly log: Log },
  ) {
    this.info = inner.info;
  }

  open(listener: BindingListener): Promise<void> {
    return this.inner.open({
      packet: (packet, source) => {
        this.trace('packet received', packet, source);
        listener.packet(packet, source);
      },
      writable: () => listener.writable(),
      up: (isUp, reason) => {
        this.note(isUp ? 'link up' : 'link down', reason);
        listener.up(isUp, reason);
      },
      drop: (reason: DropReason) => {
        this.note('dropped', reason);
        listener.drop(reason);
      },
    });
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    const taken = this.inner.send(packet, destination, broadcast);
    // A refused packet is offered again: it would only be traced twice.
    if (taken) this.trace(broadcast ? 'packet broadcast' : 'packet sent', packet, destination);
    return taken;
  }

  nudge(): void {
    this.note('nudge', 'peer does not answer');
    this.inner.nudge?.();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private trace(message: string, packet: Uint8Array, address: Uint8Array): void {
    this.parts.log.debug(message, {
      link: this.parts.name,
      physicalAddress: address.length === 0 ? undefined : toHex(address),
      length: packet.length,
      packet: toHex(packet),
    });
  }

  private note(message: string, cause: string): void {
    this.parts.log.debug(message, { link: this.parts.name, cause });
  }
}
