import { MctpError } from '../base/errors';
import { addressKey, eidKey, peerAddressKey, poolHolds, type Peer } from './peer';

/**
 * The working table: at most one peer for each (network, EID), reservations of running operations included
 * (R-DISC-2, R-DISC-3, R-DISC-24). Everything here happens within one turn, so choosing an EID and entering it is
 * atomic (R-DISC-27).
 */
export class PeerTable {
  private readonly byEid = new Map<string, Peer>();
  private readonly byPhysical = new Map<string, Peer>();

  get(network: number, eid: number): Peer | undefined {
    return this.byEid.get(eidKey(network, eid));
  }

  /** The device at a physical address; never a local peer nor one behind a bridge (R-DISC-4). */
  at(link: number, address: Uint8Array): Peer | undefined {
    return this.byPhysical.get(addressKey(link, address));
  }

  all(): readonly Peer[] {
    return [...new Set(this.byEid.values())];
  }

  inNetwork(network: number): readonly Peer[] {
    return this.all().filter((peer) => peer.network === network);
  }

  /** Devices on a link, ascending by EID; what sits behind the known bridges among them is not listed. */
  onLink(link: number): readonly Peer[] {
    return this.all()
      .filter((peer) => !peer.local && peer.link === link && peer.behind === 0)
      .sort((a, b) => a.eid - b.eid);
  }

  /** Peers whose EID lies in the bridge's pool or that are known to sit behind it, ascending (R-DISC-81). */
  behind(bridge: Peer): readonly Peer[] {
    return this.inNetwork(bridge.network)
      .filter((peer) => peer !== bridge && !peer.local)
      .filter((peer) => poolHolds(bridge.pool, peer.eid) || peer.behind === bridge.eid)
      .sort((a, b) => a.eid - b.eid);
  }

  /** @throws MctpError `internal` when the EID is held: callers look first, within the same turn */
  enter(peer: Peer): void {
    this.claim(peer, peer.eid);
    const physical = peerAddressKey(peer);
    if (physical !== undefined) this.byPhysical.set(physical, peer);
  }

  /**
   * First half of a move: the peer has the new EID from now on and keeps the old one occupied, until
   * {@link releaseEid}, while its old route and neighbour are being deleted.
   */
  claimEid(peer: Peer, eid: number): void {
    this.claim(peer, eid);
    peer.eid = eid;
  }

  releaseEid(peer: Peer, eid: number): void {
    const key = eidKey(peer.network, eid);
    if (eid !== peer.eid && this.byEid.get(key) === peer) this.byEid.delete(key);
  }

  /** Takes a peer to its EID in another network. @throws MctpError `internal` when that is held: callers look first */
  changeNetwork(peer: Peer, network: number): void {
    const before = eidKey(peer.network, peer.eid);
    peer.network = network;
    this.claim(peer, peer.eid);
    this.byEid.delete(before);
  }

  /** Somebody else sits at the physical address of a peer: whoever that is, it is not known. */
  releaseAddress(peer: Peer): void {
    const physical = peerAddressKey(peer);
    peer.offLink = true;
    if (physical !== undefined && this.byPhysical.get(physical) === peer) this.byPhysical.delete(physical);
  }

  /** Idempotent. */
  drop(peer: Peer): void {
    peer.gone = true;
    for (const [key, each] of this.byEid) if (each === peer) this.byEid.delete(key);
    const physical = peerAddressKey(peer);
    if (physical !== undefined && this.byPhysical.get(physical) === peer) this.byPhysical.delete(physical);
  }

  /** The bridge in whose granted pool an EID lies, accepted or not; all peers of the network count (R-DISC-26). */
  poolHolder(network: number, eid: number): Peer | undefined {
    return this.inNetwork(network).find(
      ({ pool, offered }) => poolHolds(pool, eid) || poolHolds(offered, eid),
    );
  }

  /** Held by somebody else, or inside another bridge's pool (R-DISC-25, R-DISC-47, R-DISC-54). */
  isTaken(network: number, eid: number, by?: Peer): boolean {
    const holder = this.get(network, eid);
    if (holder !== undefined && holder !== by) return true;
    const bridge = this.poolHolder(network, eid);
    return bridge !== undefined && bridge !== by;
  }

  private claim(peer: Peer, eid: number): void {
    const key = eidKey(peer.network, eid);
    const holder = this.byEid.get(key);
    if (holder !== undefined && holder !== peer) {
      throw new MctpError('internal', 'EID entered twice', { network: peer.network, eid });
    }
    this.byEid.set(key, peer);
  }
}
