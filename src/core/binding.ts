import type { DropReason } from './drops';

/**
 * Port 1 of 2: what hardware implements. A binding moves whole MCTP packets (4-byte header and payload) between us
 * and the devices of one bus. It knows physical addresses and framing, never EIDs, tags or messages.
 *
 * Life: created closed; `open` once; then `up` events tell whether packets can move (a serial port that hangs up is
 * down until it was reopened); `close` for good.
 */
export interface Binding {
  readonly info: BindingInfo;
  /** Starts moving packets. Resolves when the first attempt to open is over, whether the link is up or not. */
  open(listener: BindingListener): Promise<void>;
  /**
   * Hands over one packet, which is encoded or copied before this returns, so the caller may reuse its buffer.
   * `false`: nothing was taken, because the binding still works on earlier packets; offer it again after
   * {@link BindingListener.writable}. A packet for a link that is down is taken and counted as a drop.
   * @param destination physical address, `info.addressLength` bytes; empty on a point-to-point link
   * @param broadcast to everybody on the medium where it has such a thing; `destination` is then empty
   */
  send(packet: Uint8Array, destination: Uint8Array, broadcast?: boolean): boolean;
  /**
   * Something has made the peer on a point-to-point link look deaf (two timeouts in a row). A binding that knows a
   * cure applies it between two frames (DSP0253 peers on Linux); others leave it out.
   */
  nudge?(): void;
  /** Idempotent. After it resolved the listener hears nothing more and no timer or descriptor is left. */
  close(): Promise<void>;
}

/** What does not change while a binding lives. */
export interface BindingInfo {
  /** The configuration's word for it: `serial`, `loopback`, `sim`, ... */
  readonly kind: string;
  /** DSP0239 physical transport binding identifier. */
  readonly physicalBinding: number;
  /** Our own address on the medium; empty where it has none. */
  readonly address: Uint8Array;
  /** Length of every physical address on this medium, 0..32 bytes. */
  readonly addressLength: number;
  /** Smallest and largest packet, 4 header bytes included. */
  readonly minMtu: number;
  readonly maxMtu: number;
  /** One peer at most, no addresses: serial, USB. */
  readonly pointToPoint: boolean;
}

/** What a binding tells. All calls come on a later turn than the `send` or `open` that caused them. */
export interface BindingListener {
  /** One packet arrived intact. `packet` and `source` are only valid during the call. */
  packet(packet: Uint8Array, source: Uint8Array): void;
  /** There is room again after a `send` that gave `false`. */
  writable(): void;
  /** The link can carry packets, or no longer can. Told at each change, first after `open` if it is up. */
  up(isUp: boolean, reason: string): void;
  /** A frame was thrown away before it was a packet, or a packet could not be sent. */
  drop(reason: DropReason): void;
}
