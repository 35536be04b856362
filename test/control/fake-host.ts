import type { LinkRole, ResponderHost, ResponderPeer } from '../../src/control/responder-host';

/** A {@link ResponderHost} that is a table; what a test wants otherwise it overrides. */
export function fakeHost(
  over: Partial<ResponderHost> = {},
  peers: readonly ResponderPeer[] = [],
): ResponderHost {
  return {
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    role: (): LinkRole => 'BusOwner',
    peers: () => peers,
    peer: (_network, eid) => peers.find((each) => each.eid === eid),
    ...over,
  };
}
