import { byteAt } from '../../src/base/bytes';
import { hex } from '../support/vectors';

export interface DeviceOptions {
  readonly link?: number;
  readonly eid?: number;
  /** Endpoint type bits of Get Endpoint ID. */
  readonly bridge?: boolean;
  readonly types?: readonly number[];
  /** Data of each selector's answer behind the next selector: format, vendor, set. */
  readonly vendorTypes?: readonly string[];
  readonly uuid?: string | undefined;
  /** EIDs it wants in the Set Endpoint ID response. */
  readonly poolSize?: number;
  readonly latencyMs?: number;
}

/**
 * A device that speaks just enough control protocol, in plain bytes. `script` answers before the device does: the hex
 * behind the command code (completion code first), `silent`, or `undefined` for the usual answer.
 */
export class FakeDevice {
  readonly address: Uint8Array;
  readonly link: number;
  eid: number;
  bridge: boolean;
  types: readonly number[];
  vendorTypes: readonly string[];
  uuid: string | undefined;
  poolSize: number;
  latencyMs: number;
  /** What Allocate Endpoint IDs brought: size and start. */
  pool: readonly [size: number, start: number] | undefined;
  dead = false;
  /** Behind a bridge: reached through it by their EIDs. */
  readonly downstream: FakeDevice[] = [];
  /** Set Endpoint ID requests that were carried out. */
  assignments = 0;
  script: (command: number, data: Uint8Array) => string | undefined = () => undefined;

  constructor(address: number | 'p2p', options: DeviceOptions = {}) {
    this.address = address === 'p2p' ? new Uint8Array(0) : Uint8Array.of(address);
    this.link = options.link ?? 1;
    this.eid = options.eid ?? 0;
    this.bridge = options.bridge ?? false;
    this.types = options.types ?? [0, 1];
    this.vendorTypes = options.vendorTypes ?? [];
    this.uuid = options.uuid;
    this.poolSize = options.poolSize ?? 0;
    this.latencyMs = options.latencyMs ?? 1;
  }

  /** Power-on state: no EID. */
  reset(): void {
    this.eid = 0;
    this.pool = undefined;
  }

  /** The response from the type byte on, or silence. @param eid destination EID, 0 when physically addressed */
  handle(message: Uint8Array, eid: number): Uint8Array | undefined {
    if (this.dead) return undefined;
    const behind = this.downstream.find((each) => eid !== 0 && eid !== this.eid && each.eid === eid);
    if (behind !== undefined) return behind.handle(message, eid);
    if (eid !== 0 && eid !== this.eid) return undefined;
    const instance = byteAt(message, 1) & 0x1f;
    const command = byteAt(message, 2);
    const data = message.subarray(3);
    const answer = this.script(command, data) ?? this.answer(command, data);
    return answer === 'silent' ? undefined : Uint8Array.of(0, instance, command, ...hex(answer));
  }

  private answer(command: number, data: Uint8Array): string {
    switch (command) {
      case 0x01:
        this.eid = byteAt(data, 1);
        this.assignments++;
        return `00 ${this.poolSize > 0 ? '01' : '00'} ${byte(this.eid)} ${byte(this.poolSize)}`;
      case 0x02:
        return `00 ${byte(this.eid)} ${this.bridge ? '10' : '00'} 00`;
      case 0x03:
        return this.uuid === undefined ? '05' : `00 ${this.uuid.replaceAll('-', '')}`;
      case 0x05:
        return `00 ${byte(this.types.length)} ${this.types.map(byte).join(' ')}`;
      case 0x06:
        return this.vendorAnswer(byteAt(data, 0));
      case 0x08:
        return this.allocate(byteAt(data, 1), byteAt(data, 2));
      default:
        return '05';
    }
  }

  /** Accepts one pool; later ones are rejected with the one in force. */
  private allocate(size: number, start: number): string {
    if (this.poolSize === 0) return '05';
    const status = this.pool === undefined ? '00' : '01';
    this.pool ??= [size, start];
    return `00 ${status} ${this.pool.map(byte).join(' ')}`;
  }

  private vendorAnswer(selector: number): string {
    const entry = this.vendorTypes[selector];
    if (entry === undefined) return '02';
    return `00 ${byte(selector + 1 < this.vendorTypes.length ? selector + 1 : 0xff)} ${entry}`;
  }
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
