import { toHex } from '../../base/bytes';
import type { Clock } from '../../base/clock';
import { describeCause } from '../../base/errors';
import type { Log } from '../../base/log';
import type {
  AllocateEndpointIdsRequest,
  AllocateEndpointIdsResponse,
} from '../../control/commands/allocate-endpoint-ids';
import type { RoutingUpdateEntry } from '../../control/commands/routing-information-update';
import type { SetEndpointIdRequest } from '../../control/commands/set-endpoint-id';
import type { Assignment, DiscoveredFlag, ResponderHost } from '../../control/responder-host';
import type { Subscription } from '../../base/events';
import type { Incoming, Net, NetEvent } from '../../core/net';
import type { EidSupply } from '../allocation';
import { Announcer } from './announcer';
import type { Assigner, AssignParts } from '../assign';
import { DiscoveredFlags } from './discovered-flags';
import { EndpointRole } from './endpoint-role';
import { LearntRoutes } from './learnt-routes';
import { ownerOf, type Owner } from './owner';
import { OwnerQuery } from './owner-query';
import type { Peer } from '../peer';
import type { Registry, RegistryEvent, Role } from '../registry';
import { Roles } from './roles';
import type { EngineSettings } from '../settings';
import { SharedEids } from './shared-eids';
import type { Turns } from '../turns';
import { UpstreamLinks } from './upstream-links';
import { UpstreamPools } from './upstream-pools';

export interface MembershipParts extends AssignParts {
  readonly assigner: Assigner;
  readonly net: Net;
  readonly registry: Registry;
  readonly settings: EngineSettings;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly turns: Pick<Turns, 'run' | 'onItself'>;
  /** Automatic discovery of a link anew. */
  readonly seek: (link: number) => void;
}

type OwnerDuties = Pick<
  Required<ResponderHost>,
  'wantsPool' | 'holdsPool' | 'discoveredFlag' | 'setEndpointId' | 'allocateEndpointIds' | 'updateRoutes'
>;

/**
 * Our part on buses that somebody else owns: as an endpoint (R-DISC-140..150), and as a bridge from there to links of
 * our own (R-DISC-170). Puts its pieces together and tells them what happens.
 */
export class Membership implements OwnerDuties {
  private readonly flags: DiscoveredFlags;
  private readonly announcer: Announcer;
  private readonly routes: LearntRoutes;
  private readonly pools: UpstreamPools;
  private readonly role: EndpointRole;
  private readonly query: OwnerQuery;
  private readonly roles: Roles;
  private readonly shared: SharedEids;
  private subscription: Subscription | undefined;
  private readonly log: Log;

  constructor(private readonly parts: MembershipParts) {
    const { net, registry, settings, log, turns } = parts;
    const links = new UpstreamLinks(net, settings.bridging ?? (() => ({ poolRequest: 0 })));
    this.log = log;
    this.announcer = new Announcer(parts);
    this.flags = new DiscoveredFlags(
      (index) => registry.link(index)?.link,
      (link) => this.announcer.cleared(link),
    );
    this.routes = new LearntRoutes(parts);
    const { routes, flags } = this;
    const supplied = parts.seek;
    this.pools = new UpstreamPools({ ...parts, routes, links, supplied }, settings.dynamicEids);
    const inTurn = (peer: Peer, task: () => Promise<void>) => turns.onItself(peer, 'Set Endpoint ID', task);
    const enterAgain = (link: number, owner: Owner) =>
      this.inOrder(link, owner, 'Set Endpoint ID', () => this.role.enterAgain(link, owner));
    this.query = new OwnerQuery({ ...parts, enterAgain, inTurn });
    const { query } = this;
    this.role = new EndpointRole({ ...parts, flags, pools: this.pools, query });
    this.roles = new Roles({ registry, net, log });
    this.shared = new SharedEids({ net, links, log });
  }

  start(): void {
    this.subscription = this.parts.registry.events.on((event) => this.changed(event));
    this.shared.start();
  }

  /** Begins to announce ourselves to bus owners. */
  startAnnouncing(): void {
    this.announcer.start();
  }

  stop(): void {
    this.subscription?.unsubscribe();
    this.announcer.stop();
    this.query.stop();
  }

  /** After the registry has it. */
  handle(event: NetEvent): void {
    this.shared.handle(event);
    if (event.kind !== 'link-removed') return;
    this.pools.forget(event.link).catch((error: unknown) => {
      const { name, network } = event.link;
      const fields = { link: name, network, operation: 'Allocate Endpoint IDs', cause: describeCause(error) };
      this.log.error('what was assigned from its pool is not removed', fields);
    });
  }

  /** R-DBUS-13. @throws MctpError `unknown-link`, `bad-role`, `role-already-set` */
  setRole(link: number, role: Role): void {
    this.roles.set(link, role);
  }

  supplyOf(link: number): EidSupply | undefined {
    return this.pools.supplyOf(link);
  }

  wantsPool(link: number): boolean {
    return this.pools.wantsPool(link);
  }

  holdsPool(link: number): boolean {
    return this.pools.holdsPool(link);
  }

  discoveredFlag(link: number): DiscoveredFlag | undefined {
    return this.flags.of(link);
  }

  setEndpointId(incoming: Incoming, request: SetEndpointIdRequest): Promise<Assignment | number> {
    return this.inOrder(incoming.link, ownerOf(incoming), 'Set Endpoint ID', () =>
      this.role.assign(incoming, request),
    );
  }

  allocateEndpointIds(
    incoming: Incoming,
    request: AllocateEndpointIdsRequest,
  ): Promise<AllocateEndpointIdsResponse | number> {
    return this.inOrder(incoming.link, ownerOf(incoming), 'Allocate Endpoint IDs', () =>
      this.pools.allocate(incoming, request),
    );
  }

  updateRoutes(incoming: Incoming, entries: readonly RoutingUpdateEntry[]): Promise<number> {
    return this.inOrder(incoming.link, ownerOf(incoming), 'Routing Information Update', () =>
      this.pools.updateRoutes(incoming, entries),
    );
  }

  private changed(event: RegistryEvent): void {
    this.announcer.handle(event);
    if (event.kind !== 'link-removed') return;
    const { index } = event.link.link;
    this.flags.forget(index);
    this.role.forget(index);
    this.routes.forget(index);
  }

  /** What an owner tells us on a link happens one after the other. */
  private inOrder<T>(link: number, owner: Owner, operation: string, task: () => Promise<T>): Promise<T> {
    const { eid, address } = owner;
    const { name, network } = this.parts.registry.link(link)?.link ?? {};
    const what = { link: name, network, eid, physicalAddress: toHex(address), operation };
    return this.parts.turns.run([`owner of ${link}`], what, task);
  }
}
