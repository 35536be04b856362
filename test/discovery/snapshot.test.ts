import { newPeer } from '../../src/discovery/peer';
import { compose, contradict, remember, type Remembered } from '../../src/discovery/snapshot';
import { UUID } from './bench';
import { had } from './memory/remembering';

const BRIDGE = had(30, 0x1d, { pool: { start: 31, end: 33 } });
const BEHIND: Remembered = { network: 1, eid: 32, behind: 30 };

test.each<[string, boolean, Remembered, Remembered]>([
  ['one EID', true, had(9, 0x1d), had(9, 0x1e)],
  ['one place', true, had(9, 0x1d), had(10, 0x1d)],
  ['an EID in the pool of somebody else', true, BRIDGE, had(32, 0x1e)],
  [
    'a pool on its way, and an EID in it',
    true,
    { ...BRIDGE, pool: undefined, offered: BRIDGE.pool },
    had(33, 0x1e),
  ],
  ['two pools that overlap', true, BRIDGE, had(28, 0x1e, { pool: { start: 29, end: 31 } })],
  ['a bridge and what is behind it', false, BRIDGE, BEHIND],
  ['two that have nothing to do with each other', false, had(9, 0x1d), had(10, 0x1e)],
  ['one address of two links', false, had(9, 0x1d), had(10, 0x1d, { link: 'mctp2' })],
  ['two networks', false, had(9, 0x1d), had(9, 0x1d, { network: 2 })],
  ['two behind one bridge, which have no place', false, BEHIND, { ...BEHIND, eid: 33 }],
])('D-8 what cannot both be true: %s, %s', (_, expected, a, b) => {
  expect([contradict(a, b), contradict(b, a)]).toEqual([expected, expected]);
});

test('D-8 what is there comes before what is missing, all in the order of network and EID', () => {
  const present = [had(20, 0x20, { network: 2 }), had(12, 0x1d)];
  const missing = [had(9, 0x1e), had(40, 0x1d), had(12, 0x1f), had(11, 0x20, { network: 2 })];
  expect(compose(present, missing).map(({ network, eid, address }) => [network, eid, address])).toEqual([
    [1, 9, '1e'],
    [1, 12, '1d'],
    [2, 20, '20'],
  ]);
});

test('D-8 neither our own EIDs nor whoever can be asked nowhere', () => {
  expect(remember(newPeer({ network: 1, eid: 8, local: true }), 'mctp1')).toBeUndefined();
  expect(remember(newPeer({ network: 1, eid: 9 }), undefined)).toBeUndefined();
});

test.each([
  [UUID, UUID],
  ['00000000-0000-0000-0000-000000000000', undefined],
])('R-DISC-93 the nil UUID proves nothing: %s', (uuid, expected) => {
  const peer = newPeer({ network: 1, eid: 9, link: 1, address: Uint8Array.of(0x1d) });
  peer.properties = { types: [0], vendorTypes: [], uuid };
  expect(remember(peer, 'mctp1')).toEqual(had(9, 0x1d, { uuid: expected }));
});
