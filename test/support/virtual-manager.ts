import { Iface, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { BusClient } from './bus-client';
import { linkTable, VirtualDaemon } from './daemon';
import type { PrivateBus } from './private-bus';

const STEP_MS = 20;

/** What a scenario with one simulated bus has besides its devices. */
export interface Around {
  /** At the top of the configuration file. */
  readonly head?: string;
  /** Further keys of the link; `discover` is `off`. */
  readonly link?: Readonly<Record<string, string | number | boolean>>;
  /** `[[link.endpoint]]` tables. */
  readonly endpoints?: string;
  readonly faults?: object;
}

/**
 * A manager of one loopback link, `bus0`, in virtual time, and a client of it. Calls give `9 1 /path true` as text, or
 * the error as `name: text`.
 */
export class VirtualManager implements AsyncDisposable {
  private constructor(
    readonly daemon: VirtualDaemon,
    readonly client: BusClient,
  ) {}

  /** The client hears the signals from then on. */
  static async start(
    bus: PrivateBus,
    device: readonly object[],
    around: Around = {},
  ): Promise<VirtualManager> {
    const { head = '', link = {}, endpoints = '', faults = {} } = around;
    const table = linkTable('bus0', { binding: 'loopback', discover: 'off', ...link });
    const daemon = await VirtualDaemon.start(bus, {
      configuration: `state = false\n${head}\n${table}${endpoints}`,
      buses: [{ name: 'bus0', kind: 'loopback', faults, device }],
    });
    const client = await BusClient.connect(bus);
    await client.watch();
    return new VirtualManager(daemon, client);
  }

  /** With a configuration of its own, beside another manager: see {@link VirtualDaemon.start}. */
  static async startBeside(
    bus: PrivateBus,
    beside: VirtualManager,
    given: { readonly configuration: string; readonly buses: readonly object[] },
  ): Promise<VirtualManager> {
    const daemon = await VirtualDaemon.start(bus, { ...given, beside: beside.daemon });
    const client = await BusClient.connect(bus);
    await client.watch();
    return new VirtualManager(daemon, client);
  }

  /** A method of `BusOwner1` of the link. */
  link(member: string, signature: string, address: number, ...rest: number[]): Promise<string> {
    const body = [Buffer.from([address]), ...rest];
    return this.call(linkPath('bus0'), Iface.busOwner, member, signature, ...body);
  }

  setUp(address: number): Promise<string> {
    return this.link('SetupEndpoint', 'ay', address);
  }

  learnByEid(eid: number): Promise<string> {
    return this.call(networkPath(1), Iface.network, 'LearnEndpoint', 'y', eid);
  }

  /** A method of `Endpoint1`. */
  endpoint(eid: number, member: string, signature = '', ...body: unknown[]): Promise<string> {
    return this.call(endpointPath(1, eid), Iface.endpoint1, member, signature, ...body);
  }

  async call(...call: Parameters<BusClient['call']>): Promise<string> {
    return await this.daemon.settle(this.client.describe(...call), STEP_MS);
  }

  /** A property of an endpoint as it is published. */
  async published(eid: number, iface: string, property: string): Promise<unknown> {
    return (await this.client.objects())[endpointPath(1, eid)]?.[iface]?.[property]?.value;
  }

  /** Signals since the last time; everything sent so far has arrived. */
  async news(): Promise<string[]> {
    await this.client.objects();
    const heard = this.client.heard();
    this.client.signals.length = 0;
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.daemon[Symbol.asyncDispose]();
  }
}
