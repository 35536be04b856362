import type { BindingListener } from '../core/binding';
import type { DropReason } from '../core/drops';

/**
 * Stands between a binding and its listener and holds the port's rules for calls: `up` at changes only, nothing from
 * inside `send`, nothing before `open` and nothing after `close`.
 */
export class ListenerGate implements BindingListener {
  private listener: BindingListener | undefined;
  private isUp = false;

  open(listener: BindingListener): void {
    this.listener = listener;
  }

  close(): void {
    this.listener = undefined;
    this.isUp = false;
  }

  get opened(): boolean {
    return this.listener !== undefined;
  }

  packet(packet: Uint8Array, source: Uint8Array): void {
    this.listener?.packet(packet, source);
  }

  writable(): void {
    this.listener?.writable();
  }

  up(isUp: boolean, reason: string): void {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    this.listener?.up(isUp, reason);
  }

  drop(reason: DropReason): void {
    this.listener?.drop(reason);
  }

  /** For a packet that is refused inside `send`. */
  dropLater(reason: DropReason): void {
    queueMicrotask(() => this.drop(reason));
  }
}
