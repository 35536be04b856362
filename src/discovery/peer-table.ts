import { MctpError } from '../base/errors';
import { addressKey, peerAddressKey, poolHolds, type Peer } from './peer';

/**
 * The working table: at most one peer for each (network, EID), reservations of running operations included
 * (R-DISC-2, R-DISC-3, R-DISC-24). Everything here happens within one turn, so choosing an EID and entering it is
 * atomic (R-DISC-27). What is looked up for every EID costs as much as there is in its network, not in all of them.
 */
export class PeerTable {
  /** By network, then by EID. */
  private readonly networks = new Map<number, Map<number, Peer>>();
  private readonly byPhysical = new Map<string, Peer>();

  get(network: number, eid: number): Peer | undefined {
    return this.networks.get(network)?.get(eid);
  }

  /** The device at a physical address; never a local peer nor one behind a bridge (R-DISC-4). */
  at(link: number, address: Uint8Array): Peer | undefined {
    return this.byPhysical.get(addressKey(link, address));
  }

  all(): readonly Peer[] {
    return [...this.networks.keys()].flatMap((network) => this.inNetwork(network));
  }

  inNetwork(network: number): readonly Peer[] {
    const held = this.networks.get(network);
    // A moving peer holds two EIDs.
    return held === undefined ? [] : [...new Set(held.values())];
  }

  /** Devices on a link, ascending by EID; what sits behind the known bridges among them is not listed. */
  onLink(link: number): readonly Peer[] {
    return this.all()
      .filter((peer) => !peer.local && peer.link === link && peer.behind === 0)
      .sort((a, b) => a.eid - b.eid);
  }

  /** Peers whose EID lies in the bridge's pool or that are known to sit behind it, ascending (R-DISC-81). */
  behind(bridge: Peer): readonly Peer[] {
    const found = new Set<Peer>();
    // Asked for every endpoint of a link that goes: nothing is copied that is not wanted.
    for (const peer of this.networks.get(bridge.network)?.values() ?? []) {
      if (peer === bridge || peer.local) continue;
      if (poolHolds(bridge.pool, peer.eid) || peer.behind === bridge.eid) found.add(peer);
    }
    return [...found].sort((a, b) => a.eid - b.eid);
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
    if (eid !== peer.eid && this.get(peer.network, eid) === peer) this.release(peer.network, eid);
  }

  /** Takes a peer to its EID in another network. @throws MctpError `internal` when that is held: callers look first */
  changeNetwork(peer: Peer, network: number): void {
    const before = peer.network;
    if (before === network) return;
    peer.network = network;
    this.claim(peer, peer.eid);
    this.releaseAll(peer, before);
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
    this.releaseAll(peer, peer.network);
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
    const holder = this.get(peer.network, eid);
    if (holder !== undefined && holder !== peer) {
      throw new MctpError('internal', 'EID entered twice', { network: peer.network, eid });
    }
    const held = this.networks.get(peer.network) ?? new Map<number, Peer>();
    this.networks.set(peer.network, held.set(eid, peer));
  }

  private releaseAll(peer: Peer, network: number): void {
    for (const [eid, each] of this.networks.get(network) ?? []) if (each === peer) this.release(network, eid);
  }

  private release(network: number, eid: number): void {
    const held = this.networks.get(network);
    held?.delete(eid);
    if (held?.size === 0) this.networks.delete(network);
  }
}
