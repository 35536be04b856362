import { outgoingLink } from '../../src/control/way';
import { TestClock } from '../support/test-clock';
import { FakeNet, link } from './fake-net';

describe('outgoingLink', () => {
  const net = new FakeNet(new TestClock());
  net.linkList = [link({ index: 1 }), link({ index: 2 }), link({ index: 3, network: 2 })];
  net.routeList = [
    { network: 1, first: 8, extent: 20, link: 1, mtu: 0 },
    { network: 1, first: 10, extent: 0, link: 2, mtu: 0 },
    { network: 1, first: 40, extent: 4, gateway: 10, mtu: 0 },
    { network: 1, first: 50, extent: 0, gateway: 41, mtu: 0 },
    { network: 2, first: 9, extent: 0, link: 3, mtu: 0 },
  ];
  const to = (network: number, eid: number) => outgoingLink(net, { kind: 'eid', network, eid })?.index;

  test('physical addressing and broadcast name it', () => {
    expect(outgoingLink(net, { kind: 'physical', link: 2, address: new Uint8Array(0) })?.index).toBe(2);
    expect(outgoingLink(net, { kind: 'broadcast', link: 3 })?.index).toBe(3);
    expect(outgoingLink(net, { kind: 'broadcast', link: 7 })).toBeUndefined();
  });

  test('a routed EID: the smallest range wins, per network', () => {
    expect([to(1, 9), to(1, 10), to(1, 28), to(2, 9)]).toEqual([1, 2, 1, 3]);
    expect([to(1, 29), to(2, 10), to(3, 9)]).toEqual([undefined, undefined, undefined]);
  });

  test('through a gateway: the link of its own entry; no chains', () => {
    expect(to(1, 44)).toBe(2);
    expect(to(1, 50)).toBeUndefined();
  });
});
