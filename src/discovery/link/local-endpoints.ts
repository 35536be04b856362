import type { Log } from '../../base/log';
import { peerFields } from '../checks';
import { newPeer } from '../peer';
import type { PeerTable } from '../peer-table';
import type { Publication } from '../publication';
import type { Registry } from '../registry';
import type { Removal } from '../removal';

const OPERATION = 'local EID';

/** Our own endpoints: one object for each EID, however many links of the network hold it (R-DISC-122, R-DBUS-34). */
export class LocalEndpoints {
  constructor(
    private readonly parts: {
      readonly table: PeerTable;
      readonly registry: Pick<Registry, 'link'>;
      readonly publication: Publication;
      readonly removal: Removal;
      readonly log: Log;
    },
    private readonly ownUuid: string,
  ) {}

  /** A device that holds the EID has to go: two owners of one EID cannot both be reached (R-DISC-122). */
  add(network: number, eid: number, link: number): void {
    const holder = this.parts.table.get(network, eid);
    if (holder?.local === true) {
      holder.holders.add(link);
      return;
    }
    if (holder !== undefined) {
      const occasion = { operation: OPERATION, cause: 'its EID is one of ours now' };
      const fields = peerFields(this.parts.registry, holder, occasion);
      this.parts.log.warn('an EID of our own was held by a device, which is removed', fields);
      this.parts.removal.evict(holder, occasion);
    }
    const peer = newPeer({ network, eid, local: true });
    peer.holders.add(link);
    this.parts.table.enter(peer);
    const properties = { types: [0], vendorTypes: [], uuid: this.ownUuid };
    this.parts.publication.publish(peer, properties, { operation: OPERATION });
  }

  remove(network: number, eid: number, link: number): void {
    const peer = this.parts.table.get(network, eid);
    if (peer?.local !== true) return;
    peer.holders.delete(link);
    if (peer.holders.size === 0) this.parts.removal.forget(peer, { operation: OPERATION });
  }

  /** The link is gone, and with it what it held; ascending by EID. */
  removeLink(network: number, link: number): void {
    const held = this.parts.table.inNetwork(network).filter((peer) => peer.holders.has(link));
    for (const peer of [...held].sort((a, b) => a.eid - b.eid)) this.remove(network, peer.eid, link);
  }
}
