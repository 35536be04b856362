import { EMPTY, toHex } from '../../base/bytes';
import type { Clock } from '../../base/clock';
import { describeCause, isMctpError, MctpError } from '../../base/errors';
import type { Subscription } from '../../base/events';
import type { Log } from '../../base/log';
import type { NetLink } from '../../core/net';
import type { Endpoint } from '../endpoint';
import type { Operations } from '../operations';
import { Pacer } from './pacer';
import { addressKey } from '../peer';
import type { Registry, RegistryEvent, RegistryLink } from '../registry';
import { Seeker } from './seeker';
import type { ConfiguredDevice, Discovery } from '../settings';

export interface AutoDiscoveryParts {
  readonly operations: Pick<
    Operations,
    'setupEndpoint' | 'assignEndpointStatic' | 'assignBridgeStatic' | 'learnEndpoint' | 'remove'
  >;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the device at the address is published. */
  readonly isPresent: (link: number, address: Uint8Array) => boolean;
}

/** The EID of a configured device, and of a bridge the size of its pool. */
interface Wanted {
  readonly eid: number;
  readonly poolSize: number | undefined;
}

interface Sought {
  readonly link: number;
  readonly device: ConfiguredDevice;
  readonly seeker: Seeker;
}

/**
 * What the configuration asks to be found without a call (D-9): the devices it lists, and whoever is at the other end
 * of a point-to-point link. It works through the same operations as everybody else, on links where we are bus owner.
 */
export class AutoDiscovery {
  private readonly sought = new Map<string, Sought>();
  private readonly pacer: Pacer;
  private subscription: Subscription | undefined;

  constructor(
    private readonly parts: AutoDiscoveryParts,
    private readonly discoverOn: (link: NetLink) => Discovery,
  ) {
    this.pacer = new Pacer(parts.clock);
  }

  start(): void {
    if (this.subscription !== undefined) return;
    this.subscription = this.parts.registry.events.on((event) => this.handle(event));
    for (const entry of this.parts.registry.links()) this.consider(entry);
  }

  stop(): void {
    this.subscription?.unsubscribe();
    for (const { seeker } of this.sought.values()) seeker.pause();
    this.sought.clear();
  }

  /** Everything again, from the shortest pause on; known devices are looked at once more. */
  rescan(): void {
    for (const { link, seeker } of this.sought.values()) if (this.isUp(link)) seeker.begin(true);
  }

  /** The same for one link: what was in the way there is no more. */
  look(link: number): void {
    if (!this.isUp(link)) return;
    for (const { seeker } of this.on(link)) seeker.begin();
  }

  private handle(event: RegistryEvent): void {
    switch (event.kind) {
      case 'link-added':
        this.consider(event.link);
        break;
      case 'link-changed':
        this.changed(event.link, event.before);
        break;
      case 'link-removed':
        this.forget(event.link.link.index);
        break;
      case 'endpoint-removed':
        this.lost(event.endpoint);
        break;
      default:
        break;
    }
  }

  private changed(now: RegistryLink, before: RegistryLink): void {
    if (now.role !== before.role) {
      this.forget(now.link.index);
      this.consider(now);
    } else if (now.link.up !== before.link.up) {
      for (const { seeker } of this.on(now.link.index)) {
        // Whoever is there now need not be who was there before, nor remember its EID.
        if (now.link.up) seeker.begin(true);
        else seeker.pause();
      }
    }
  }

  private consider({ link, role }: RegistryLink): void {
    if (role !== 'BusOwner') return;
    const discovery = this.discoverOn(link);
    const { mode } = discovery;
    if (mode === 'probe' && !link.pointToPoint) {
      this.parts.log.warn('only point-to-point links can be probed', {
        ...{ link: link.name, network: link.network, operation: 'discovery' },
        cause: 'a bus with addresses is never scanned blindly',
      });
      return;
    }
    for (const device of configuredDevices(discovery)) this.seek(link, device);
  }

  private seek(link: NetLink, device: ConfiguredDevice): void {
    const key = addressKey(link.index, device.address);
    if (this.sought.has(key)) return;
    const seeker = new Seeker(this.pacer, {
      present: () => this.parts.isPresent(link.index, device.address),
      attempt: () => this.attempt(link.index, device),
      failed: this.reporter(link, device),
    });
    this.sought.set(key, { link: link.index, device, seeker });
    if (link.up) seeker.begin();
  }

  /**
   * The question whether anybody is there is the first step of the set-up, with the attempts of its link (R-DISC-11): one
   * attempt in each step of the backoff is too few on a line that loses a third of its packets.
   */
  private async attempt(link: number, device: ConfiguredDevice): Promise<void> {
    const { operations } = this.parts;
    const { address, eid, poolSize } = device;
    if (eid === undefined) await operations.setupEndpoint(link, address);
    else await this.assign(link, address, { eid, poolSize });
  }

  /** A known device costs these methods no traffic (R-DISC-66, R-DISC-68): whether it kept its EID is asked before. */
  private async assign(link: number, address: Uint8Array, wanted: Wanted): Promise<void> {
    const { operations } = this.parts;
    const { eid, poolSize } = wanted;
    if (this.parts.isPresent(link, address)) {
      const found = await operations.learnEndpoint(link, address);
      if (found !== undefined && found.eid !== eid) await operations.remove(found.network, found.eid);
    }
    if (poolSize === undefined) await operations.assignEndpointStatic(link, address, eid);
    else await operations.assignBridgeStatic(link, address, { eid, poolStart: 0, poolSize });
  }

  /** The same failure over and over is news once. */
  private reporter(link: NetLink, device: ConfiguredDevice): (error: unknown) => void {
    let last = '';
    return (error) => {
      const cause = describeCause(error);
      const { name, network } = this.parts.registry.link(link.index)?.link ?? link;
      const fields = {
        link: name,
        network,
        physicalAddress: toHex(device.address),
        operation: 'discovery',
        cause,
      };
      const code = error instanceof MctpError ? error.code : cause;
      if (code === last) this.parts.log.debug('device still not set up', fields);
      else if (isMctpError(error, 'no-response', 'link-down'))
        this.parts.log.info('device not there', fields);
      else this.parts.log.warn('device could not be set up', fields);
      last = code;
    };
  }

  private lost(endpoint: Endpoint): void {
    // Behind a bridge nobody has an address, and the one at the end of a serial line has none either.
    if (endpoint.bridge !== 0 || endpoint.link === undefined) return;
    this.sought.get(addressKey(endpoint.link, endpoint.physicalAddress))?.seeker.resume();
  }

  private forget(link: number): void {
    for (const [key, each] of this.sought) {
      if (each.link !== link) continue;
      each.seeker.pause();
      this.sought.delete(key);
    }
  }

  private on(link: number | undefined): Sought[] {
    return [...this.sought.values()].filter((each) => each.link === link);
  }

  private isUp(link: number): boolean {
    return this.parts.registry.link(link)?.link.up === true;
  }
}

/** Whom the configuration asks for on a link; on a point-to-point link that is probed, whoever is there. */
export function configuredDevices({ mode, endpoints }: Discovery): readonly ConfiguredDevice[] {
  if (mode === 'off') return [];
  return mode === 'probe' && endpoints.length === 0 ? [{ address: EMPTY }] : endpoints;
}
