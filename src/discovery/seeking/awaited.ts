import { bytesEqual } from '../../base/bytes';
import type { Clock } from '../../base/clock';
import { describeCause, isMctpError } from '../../base/errors';
import type { Subscription } from '../../base/events';
import type { Log } from '../../base/log';
import type { NetLink } from '../../core/net';
import { configuredDevices } from './auto-discovery';
import type { Endpoint } from '../endpoint';
import type { Operations } from '../operations';
import { Pacer } from './pacer';
import { poolHolds } from '../peer';
import type { Registry, RegistryEvent, RegistryLink } from '../registry';
import { addressOf, type Reservations } from '../memory/reservations';
import { Seeker } from './seeker';
import type { Discovery } from '../settings';
import { eidsOf, type Remembered } from '../snapshot';

export interface AwaitedParts {
  readonly operations: Pick<Operations, 'setupEndpoint' | 'learnByEid'>;
  readonly reservations: Reservations;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Asks remembered devices whether they are still there, at once and then with growing pauses, until they are back or
 * their EID is no longer kept for them (D-8). Those the configuration asks for are left to it.
 */
export class Awaited {
  private readonly seekers = new Map<Remembered, Seeker>();
  private readonly pacer: Pacer;
  private subscription: Subscription | undefined;

  constructor(
    private readonly parts: AwaitedParts,
    private readonly discoverOn: (link: NetLink) => Discovery,
  ) {
    this.pacer = new Pacer(parts.clock);
  }

  start(): void {
    const { registry } = this.parts;
    if (this.subscription !== undefined) return;
    this.subscription = registry.events.on((event) => this.handle(event));
    for (const entry of registry.links()) this.yieldToConfigured(entry);
    for (const entry of registry.links()) this.linkIs(entry);
    for (const endpoint of registry.endpoints()) this.askBehind(endpoint);
  }

  stop(): void {
    this.subscription?.unsubscribe();
    for (const seeker of this.seekers.values()) seeker.pause();
    this.seekers.clear();
  }

  /** Those of one link at once: what was in the way there is no more. */
  look(link: number): void {
    const known = this.parts.registry.link(link)?.link;
    if (known === undefined) return;
    for (const entry of this.missingAt(known)) this.seekers.get(entry)?.begin();
  }

  private handle(event: RegistryEvent): void {
    switch (event.kind) {
      case 'link-added':
      case 'link-changed':
        this.yieldToConfigured(event.link);
        this.linkIs(event.link);
        break;
      case 'link-removed':
        for (const entry of this.missingAt(event.link.link)) this.rest(entry);
        break;
      case 'endpoint-added':
      case 'pool-allocated':
        this.prune();
        this.askBehind(event.endpoint);
        break;
      case 'endpoint-removed':
        this.restBehind(event.endpoint);
        break;
      default:
        break;
    }
  }

  /** What the configuration says about an EID or about a device is not for a memory to contradict. */
  private yieldToConfigured({ link, role }: RegistryLink): void {
    const { reservations } = this.parts;
    if (role !== 'BusOwner') return;
    for (const { address, eid, poolSize = 0 } of configuredDevices(this.discoverOn(link))) {
      if (eid === undefined) continue;
      const own = reservations.at(link.index, address);
      if (own !== undefined && own.eid !== eid) reservations.drop(own);
      for (const entry of reservations.all()) {
        const isOther = entry !== own && entry.network === link.network && entry.behind !== eid;
        if (isOther && eidsOf(entry).some((each) => each >= eid && each <= eid + poolSize)) {
          reservations.drop(entry);
        }
      }
    }
  }

  private linkIs({ link, role }: RegistryLink): void {
    const asked = configuredDevices(this.discoverOn(link));
    for (const entry of this.missingAt(link)) {
      const address = addressOf(entry);
      if (asked.some((device) => bytesEqual(device.address, address))) continue;
      if (role !== 'BusOwner' || !link.up) this.rest(entry);
      else this.seek(entry, () => this.askDirect(link.index, address));
    }
  }

  /** The bridge and the route through it are back: what was behind it can be asked by its EID. */
  private askBehind({ network, eid, pool }: Endpoint): void {
    for (const entry of this.parts.reservations.all()) {
      if (entry.network !== network || entry.behind !== eid || !poolHolds(pool, entry.eid)) continue;
      this.seek(entry, async () => {
        await this.parts.operations.learnByEid(network, entry.eid);
      });
    }
  }

  /** No way leads there until the bridge is back, and then it is to be asked at once. */
  private restBehind({ network, eid }: Endpoint): void {
    for (const entry of this.seekers.keys()) {
      if (entry.network === network && entry.behind === eid) this.rest(entry);
    }
  }

  private async askDirect(link: number, address: Uint8Array): Promise<void> {
    await this.parts.operations.setupEndpoint(link, address);
  }

  private seek(entry: Remembered, attempt: () => Promise<void>): void {
    if (this.seekers.has(entry)) return;
    const seeker = new Seeker(this.pacer, {
      present: () => !this.parts.reservations.has(entry),
      attempt,
      failed: this.reporter(entry),
    });
    this.seekers.set(entry, seeker);
    seeker.begin();
  }

  private rest(entry: Remembered): void {
    this.seekers.get(entry)?.pause();
    this.seekers.delete(entry);
  }

  /** Those that are back, or were given up, need no more asking. */
  private prune(): void {
    for (const entry of this.seekers.keys()) if (!this.parts.reservations.has(entry)) this.rest(entry);
  }

  private missingAt(link: NetLink): readonly Remembered[] {
    const all = this.parts.reservations.all();
    return all.filter((each) => each.link === link.name && each.network === link.network);
  }

  /** That a device is silent is news once. */
  private reporter({ network, eid, link, address }: Remembered): (error: unknown) => void {
    let isNews = true;
    return (error) => {
      const fields = {
        ...{ link, network, eid, physicalAddress: address, operation: 'remembered device' },
        cause: describeCause(error),
      };
      const level = isNews ? (isMctpError(error, 'no-response', 'link-down') ? 'info' : 'warn') : 'debug';
      this.parts.log[level]('remembered device not back yet; its EID is kept for it', fields);
      isNews = false;
    };
  }
}
