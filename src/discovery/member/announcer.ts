import { PhysicalBinding } from '../../base/ids';
import { describeCause, isMctpError } from '../../base/errors';
import type { Log } from '../../base/log';
import type { Destination, NetLink } from '../../core/net';
import type { Exchanges } from '../exchanges';
import type { Registry, RegistryEvent, RegistryLink } from '../registry';

/** Bytes of a physical address where the link does not tell: routing type, bus, device/function; provisioned ID. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [PhysicalBinding.pcieVdm, 3],
  [PhysicalBinding.i3c, 6],
]);

/**
 * Says "I am new" to the bus owner: Discovery Notify, on PCIe VDM and I3C links where we are an endpoint, when the link
 * comes up and when its Discovered flag is cleared (R-DISC-149, R-DISC-161).
 */
export class Announcer {
  /** Links on which a notification is under way; true: there is a reason for another one. */
  private readonly underWay = new Map<number, { again: boolean }>();
  private active = false;

  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly exchanges: Pick<Exchanges, 'discoveryNotify'>;
      readonly log: Log;
    },
  ) {}

  start(): void {
    this.active = true;
    for (const entry of this.parts.registry.links()) this.announce(entry);
  }

  /** A notification under way ends by itself, and has no successor. */
  stop(): void {
    this.active = false;
  }

  handle(event: RegistryEvent): void {
    if (event.kind === 'link-added') this.announce(event.link);
    if (event.kind !== 'link-changed') return;
    const { link, before } = event;
    // Whoever owns the bus by now need not be who gave us our EID.
    if (!before.link.up || before.role !== 'Endpoint') this.announce(link);
  }

  /** The flag of a link was cleared. */
  cleared(link: number): void {
    const entry = this.parts.registry.link(link);
    if (entry !== undefined) this.announce(entry);
  }

  /** However often there is reason to: one at a time on a link. */
  private announce({ link, role }: RegistryLink): void {
    if (!this.active || role !== 'Endpoint' || !link.up || !ADDRESS_BYTES.has(link.physicalBinding)) return;
    const known = this.underWay.get(link.index);
    if (known !== undefined) {
      known.again = true;
      return;
    }
    const state = { again: false };
    this.underWay.set(link.index, state);
    this.parts.exchanges
      .discoveryNotify(busOwnerOf(link))
      .catch((error: unknown) => this.complain(link, error))
      .finally(() => {
        this.underWay.delete(link.index);
        if (state.again) this.cleared(link.index);
      });
  }

  /** Not answered is not a failure: the owner may find us in its own time. */
  private complain(link: NetLink, error: unknown): void {
    const level = isMctpError(error, 'no-response', 'refused') ? 'info' : 'debug';
    this.parts.log[level]('the bus owner does not acknowledge Discovery Notify', {
      link: link.name,
      network: link.network,
      operation: 'Discovery Notify',
      cause: describeCause(error),
    });
  }
}

/**
 * All zero. On PCIe that is "route to root complex" with target ID 0 (DSP0238 §6); an I3C target reaches nobody but its
 * controller, whatever the address.
 */
function busOwnerOf(link: NetLink): Destination {
  const length = link.addressLength ?? ADDRESS_BYTES.get(link.physicalBinding) ?? 0;
  return { kind: 'physical', link: link.index, address: new Uint8Array(length) };
}
