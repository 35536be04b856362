import { Alarm } from '../../src/base/clock';
import { LoopbackBus } from '../../src/bindings/loopback';
import { ClientService, type ClientServiceParts } from '../../src/client/client-service';
import type { ClosableClient } from '../../src/client/mctp-client';
import type { Binding } from '../../src/core/binding';
import type { NetLink } from '../../src/core/net';
import { Router } from '../../src/core/router';
import { RawDevice } from '../support/raw-device';
import { TestClock } from '../support/test-clock';

/** Milliseconds; R-API-34. */
export const TAG_LIFETIME_MS = 6000;

/** Says and hears packets. */
export type Device = Pick<RawDevice, 'say' | 'heard'>;

/**
 * What the contract of clients is tested on, whatever the client: one network with our EID 8 and two devices at EIDs 9
 * and 10 that say and hear packets, in virtual time.
 */
export interface Subject extends AsyncDisposable {
  /** A client of the same server; privileged unless told otherwise. */
  client(options?: { readonly privileged?: boolean }): Promise<ClosableClient>;
  /** Tags and our EID are the kernel's: it picks the lowest free value, and no client changes the EID. */
  readonly kernelOwns?: boolean;
  /** One listener for each type, whoever the sender: what Linux 6.1 can. */
  readonly bindsTypeOnce?: boolean;
  readonly nine: Device;
  readonly ten: Device;
  /** Lets time pass; what is under way between clients and wire arrives before and after. */
  pass(ms: number): Promise<void>;
}

/** The user-space stack on a loopback bus, with the devices of a {@link Subject}. */
export class ClientBench {
  readonly clock = new TestClock();
  readonly alarm: Alarm;
  readonly router: Router;
  readonly service: ClientService;

  private constructor(
    parts: Partial<ClientServiceParts>,
    readonly bus: LoopbackBus,
  ) {
    this.alarm = new Alarm(this.clock, (now) => this.router.poll(now));
    this.router = new Router(this.alarm);
    this.service = new ClientService({ net: this.router, clock: this.clock, ...parts });
  }

  static async start(parts: Partial<ClientServiceParts> = {}): Promise<ClientBench> {
    const bench = new ClientBench(parts, new LoopbackBus());
    await bench.link('lo', { address: 0x10, network: 1, localEids: [8] });
    for (const eid of [9, 10]) await bench.route(eid);
    return bench;
  }

  async link(
    name: string,
    given: { address: number; network: number; localEids: readonly number[]; binding?: Binding },
  ): Promise<NetLink> {
    const { network, localEids, binding = this.bus.attach(given.address) } = given;
    return this.router.addLink({ name, network, binding, localEids });
  }

  /** An EID whose physical address is the same number. */
  async route(eid: number): Promise<void> {
    await this.router.addNeighbour({ link: 1, eid, address: Uint8Array.of(eid) });
    await this.router.addRoute({ network: 1, first: eid, extent: 0, link: 1, mtu: 0 });
  }

  device(address: number): Promise<RawDevice> {
    return RawDevice.open(this.bus.attach(address));
  }

  drops(link = 1): Record<string, number> {
    return Object.fromEntries(this.router.counters(link)?.drops ?? []);
  }

  async close(): Promise<void> {
    await this.router.close();
    this.alarm.cancel();
  }
}

/** Tag of the request after one with tag 0 that is over: R-API-33, or the kernel's lowest free one. */
export const tagAfter0 = ({ kernelOwns }: Subject): number => (kernelOwns === true ? 0 : 1);

/** The code of the failure, or `ok`. Handles the rejection at once, so that it can be asked for later. */
export function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof Error && 'codeName' in error) return String(error.codeName);
      return String(error);
    },
  );
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
