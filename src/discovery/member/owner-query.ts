import { describeCause } from '../../base/errors';
import type { Log } from '../../base/log';
import type { Assigner } from '../assign';
import { peerFields } from '../checks';
import type { Owner } from './owner';
import type { Peer } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Registry } from '../registry';

const OPERATION = 'Set Endpoint ID';

/**
 * Asks the bus owner that has assigned us an EID what it can do, and publishes it (R-DISC-144). One query at a time on a
 * link, of the last owner: somebody who keeps assigning EIDs cannot make us keep a list.
 */
export class OwnerQuery {
  private readonly underWay = new Map<number, { next: Owner | undefined }>();

  constructor(
    private readonly parts: {
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly assigner: Assigner;
      readonly log: Log;
      /** Waits for the turn of a peer. Rejects when the engine stops. */
      readonly inTurn: (peer: Peer, task: () => Promise<void>) => Promise<void>;
    },
  ) {}

  /** In the background; nothing happens when the owner is published already. */
  ask(link: number, owner: Owner): void {
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
        const level = peer.gone && state.next !== undefined ? 'debug' : 'warn';
        const fields = peerFields(this.parts.registry, peer, {
          operation: OPERATION,
          cause: describeCause(error),
        });
        this.parts.log[level]('the bus owner that assigned our EID is not published', fields);
      })
      .finally(() => {
        this.underWay.delete(link);
        if (state.next !== undefined) this.ask(link, state.next);
      });
  }

  private async query(index: number, peer: Peer): Promise<void> {
    const link = this.parts.registry.link(index)?.link;
    if (link === undefined || peer.published) return;
    const target = { link, address: peer.address, operation: OPERATION };
    await this.parts.assigner.guard(peer, OPERATION, () => this.parts.assigner.enumerate(target, peer));
  }
}
