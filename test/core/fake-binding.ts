import { toHex } from '../../src/base/bytes';
import { Alarm } from '../../src/base/clock';
import { PhysicalBinding } from '../../src/base/ids';
import type { Binding, BindingInfo, BindingListener } from '../../src/core/binding';
import { Router } from '../../src/core/router';
import type { LinkOptions } from '../../src/core/link-maker';
import type { RouterOptions } from '../../src/core/router';
import type { NetLink } from '../../src/core/net';
import { TestClock, idle } from '../support/test-clock';
import { hex } from '../support/vectors';

/** A binding that writes down what it is sent and says what a test tells it to. */
export class FakeBinding implements Binding {
  readonly info: BindingInfo;
  readonly sent: { readonly packet: string; readonly to: string; readonly broadcast: boolean }[] = [];
  /** How many more packets it takes. */
  room = Infinity;
  closed = false;
  nudges = 0;
  private listener: BindingListener | undefined;

  constructor(
    private readonly startUp = true,
    info: Partial<BindingInfo> = {},
  ) {
    this.info = {
      ...{ kind: 'fake', physicalBinding: PhysicalBinding.unspecified, address: hex('10'), addressLength: 1 },
      ...{ minMtu: 68, maxMtu: 512, pointToPoint: false, ...info },
    };
  }

  async open(listener: BindingListener): Promise<void> {
    await Promise.resolve();
    this.listener = listener;
    if (this.startUp) listener.up(true, 'fake');
  }

  send(packet: Uint8Array, destination: Uint8Array, broadcast = false): boolean {
    if (this.room <= 0) return false;
    this.room--;
    this.sent.push({ packet: toHex(packet), to: toHex(destination), broadcast });
    return true;
  }

  nudge(): void {
    this.nudges++;
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.closed = true;
    this.listener = undefined;
  }

  receive(packet: string, from = '1d'): void {
    this.receiveBytes(hex(packet), hex(from));
  }

  receiveBytes(packet: Uint8Array, from: Uint8Array): void {
    this.listener?.packet(packet, from);
  }

  up(isUp: boolean): void {
    this.listener?.up(isUp, 'told');
  }

  /** Takes that many more packets. */
  writable(room = Infinity): void {
    this.room = room;
    this.listener?.writable();
  }

  /** What was sent since the last call. */
  take(): string[] {
    return this.sent.splice(0).map(({ packet }) => packet);
  }
}

/** One router on a test clock. */
export class Bench {
  readonly clock = new TestClock();
  readonly defects: unknown[] = [];
  readonly router: Router;
  readonly alarm: Alarm;

  constructor(options: RouterOptions = {}) {
    this.alarm = new Alarm(this.clock, (now) => {
      this.router.poll(now);
    });
    this.router = new Router(this.alarm, { onDefect: (error) => this.defects.push(error), ...options });
  }

  async link(
    options: Partial<LinkOptions> = {},
    binding = new FakeBinding(),
  ): Promise<{ readonly binding: FakeBinding; readonly link: NetLink }> {
    const link = await this.router.addLink({
      name: 'fake0',
      network: 1,
      localEids: [8],
      ...options,
      binding,
    });
    return { binding, link };
  }

  drops(link: NetLink): Record<string, number> {
    return Object.fromEntries(this.router.counters(link.index)?.drops ?? []);
  }
}

/** A pattern that shows when bytes are missing or swapped. */
export function pattern(length: number, type = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i === 0 ? type : (i * 7) & 0xff));
}

export { idle };
