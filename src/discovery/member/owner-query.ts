import type { Clock, Timer } from '../../base/clock';
import { describeCause } from '../../base/errors';
import type { Log } from '../../base/log';
import type { Assigner } from '../assign';
import { peerFields } from '../checks';
import type { Owner } from './owner';
import type { Peer } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Registry } from '../registry';
import { pauseAfter } from '../seeking/seeker';

const OPERATION = 'Set Endpoint ID';

/**
 * Asks the bus owner that has assigned us an EID what it can do, and publishes it (R-DISC-144). One query at a time on a
 * link, of the last owner: somebody who keeps assigning EIDs cannot make us keep a list. A silent owner is asked again
 * with growing pauses, since it may be one that answers nobody while it waits for some other device.
 */
export class OwnerQuery {
  private readonly underWay = new Map<number, { next: Owner | undefined }>();
  /** Where the query has failed: until it is tried again. */
  private readonly pauses = new Map<number, Timer>();
  private stopped = false;

  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly assigner: Assigner;
      readonly clock: Pick<Clock, 'setTimer'>;
      readonly log: Log;
      /** Makes the owner a peer once more. Resolves to false when it is no longer ours to ask. */
      readonly enterAgain: (link: number, owner: Owner) => Promise<boolean>;
      /** Waits for the turn of a peer. Rejects when the engine stops. */
      readonly inTurn: (peer: Peer, task: () => Promise<void>) => Promise<void>;
    },
  ) {}

  /** In the background; nothing happens when the owner is published already. */
  ask(link: number, owner: Owner): void {
    this.forget(link);
    this.begin(link, owner, 0);
  }

  /** A query under way ends by itself. */
  forget(link: number): void {
    this.pauses.get(link)?.cancel();
    this.pauses.delete(link);
  }

  stop(): void {
    this.stopped = true;
    for (const link of [...this.pauses.keys()]) this.forget(link);
  }

  private begin(link: number, owner: Owner, round: number): void {
    const known = this.underWay.get(link);
    if (known !== undefined) {
      known.next = owner;
      return;
    }
    const peer = this.parts.table.at(link, owner.address);
    if (peer?.eid !== owner.eid || peer.published) return;
    const state: { next: Owner | undefined } = { next: undefined };
    this.underWay.set(link, state);
    this.parts
      .inTurn(peer, () => this.query(link, peer))
      .catch((error: unknown) => {
        // That it is still silent is no news.
        const level = state.next === undefined && round === 0 ? 'warn' : 'debug';
        const what = { operation: OPERATION, cause: describeCause(error) };
        const fields = peerFields(this.parts.registry, peer, what);
        this.parts.log[level]('the bus owner that assigned our EID is not published', fields);
        if (state.next === undefined) this.pause(link, owner, round);
      })
      .finally(() => {
        this.underWay.delete(link);
        if (state.next !== undefined) this.begin(link, state.next, 0);
      });
  }

  private pause(link: number, owner: Owner, round: number): void {
    if (this.stopped) return;
    const timer = this.parts.clock.setTimer(pauseAfter(round), () => {
      this.pauses.delete(link);
      this.parts.enterAgain(link, owner).then(
        (isOurs) => {
          if (isOurs) this.begin(link, owner, round + 1);
        },
        (error: unknown) => {
          const cause = describeCause(error);
          this.parts.log.debug('the bus owner is not asked again', {
            eid: owner.eid,
            operation: OPERATION,
            cause,
          });
        },
      );
    });
    this.pauses.set(link, timer);
  }

  private async query(index: number, peer: Peer): Promise<void> {
    const link = this.parts.registry.link(index)?.link;
    if (link === undefined || peer.published) return;
    const target = { link, address: peer.address, operation: OPERATION };
    await this.parts.assigner.guard(peer, OPERATION, () => this.parts.assigner.enumerate(target, peer));
  }
}
