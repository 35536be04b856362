import { toHex } from '../../src/base/bytes';
import type { BindingListener } from '../../src/core/binding';
import type { DropReason } from '../../src/core/drops';

/** A listener that writes down what it hears. */
export class Recorder implements BindingListener {
  readonly packets: { readonly packet: string; readonly source: string }[] = [];
  readonly drops: DropReason[] = [];
  readonly ups: boolean[] = [];
  readonly reasons: string[] = [];
  writables = 0;
  onPacket: ((packet: Uint8Array, source: Uint8Array) => void) | undefined;

  packet(packet: Uint8Array, source: Uint8Array): void {
    this.packets.push({ packet: toHex(packet), source: toHex(source) });
    this.onPacket?.(packet, source);
  }

  writable(): void {
    this.writables++;
  }

  up(isUp: boolean, reason: string): void {
    this.ups.push(isUp);
    this.reasons.push(reason);
  }

  drop(reason: DropReason): void {
    this.drops.push(reason);
  }
}
