import { newPeer, type Peer } from '../../src/discovery/peer';
import { PeerTable } from '../../src/discovery/peer-table';

/** Pools as the table sees them; no operation hands one out yet. */
describe('PeerTable', () => {
  const enter = (table: PeerTable, seed: Partial<Peer> & Pick<Peer, 'eid'>): Peer => {
    const peer = Object.assign(newPeer({ network: 1, ...seed }), seed);
    table.enter(peer);
    return peer;
  };

  test('R-DISC-25 R-DISC-26 an EID in a pool is taken for everybody but its bridge, in its network alone', () => {
    const table = new PeerTable();
    const bridge = enter(table, { eid: 20, pool: { start: 21, end: 23 } });
    expect([20, 21, 23].map((eid) => table.isTaken(1, eid))).toEqual([true, true, true]);
    expect([19, 24].map((eid) => table.isTaken(1, eid))).toEqual([false, false]);
    expect(table.isTaken(1, 22, bridge)).toBe(false);
    expect(table.isTaken(2, 22)).toBe(false);
    expect(table.poolHolder(1, 22)).toBe(bridge);
  });

  test('R-DISC-81 behind a bridge: its pool and what says so, ascending, never ours', () => {
    const table = new PeerTable();
    const bridge = enter(table, { eid: 20, pool: { start: 21, end: 23 } });
    enter(table, { eid: 23 });
    enter(table, { eid: 21 });
    enter(table, { eid: 9, behind: 20 });
    enter(table, { eid: 22, local: true });
    enter(table, { eid: 30 });
    expect(table.behind(bridge).map((each) => each.eid)).toEqual([9, 21, 23]);
  });

  test('R-DISC-4 look-up by address skips our own and what is behind a bridge', () => {
    const table = new PeerTable();
    const address = Uint8Array.of(0x1d);
    enter(table, { eid: 9, link: 1, address, behind: 20 });
    enter(table, { eid: 8, link: 1, address, local: true });
    expect(table.at(1, address)).toBeUndefined();
    const device = enter(table, { eid: 10, link: 1, address });
    expect(table.at(1, address)).toBe(device);
    expect(table.at(2, address)).toBeUndefined();
    expect(table.at(1, Uint8Array.of(0x1d, 0))).toBeUndefined();
  });

  test('R-DISC-3 one peer for each EID', () => {
    const table = new PeerTable();
    enter(table, { eid: 9 });
    expect(() => enter(table, { eid: 9 })).toThrow('EID entered twice');
  });
});
