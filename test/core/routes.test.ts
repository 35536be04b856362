import { isMctpError } from '../../src/base/errors';
import type { Route } from '../../src/core/net';
import { RouteTable } from '../../src/core/routes';
import { hex } from '../support/vectors';

function route(first: number, extent: number, rest: Partial<Route>): Route {
  return { network: 1, first, extent, mtu: 0, ...rest };
}

function codeOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (isMctpError(error)) return error.code;
  }
  return 'fine';
}

describe('DSP0236 §9 lookup', () => {
  test('a range is first ... first + extent', () => {
    const table = new RouteTable();
    table.add(route(20, 4, { link: 1 }));
    expect([19, 20, 24, 25].map((eid) => table.lookup(1, eid)?.link)).toEqual([undefined, 1, 1, undefined]);
    expect(table.lookup(2, 20)).toBeUndefined();
  });

  test.each([
    ['wide first', [1, 2]],
    ['narrow first', [2, 1]],
  ])('of overlapping ranges the smallest wins: %s', (_, order) => {
    const table = new RouteTable();
    for (const link of order) table.add(link === 1 ? route(8, 200, { link: 1 }) : route(20, 1, { link: 2 }));
    expect([19, 20, 21, 22].map((eid) => table.lookup(1, eid)?.link)).toEqual([1, 2, 2, 1]);
    table.remove(route(20, 1, { link: 2 }));
    expect(table.lookup(1, 20)?.link).toBe(1);
  });

  test('of equal ranges the older wins', () => {
    const table = new RouteTable();
    table.add(route(20, 0, { link: 2 }));
    table.add(route(20, 0, { link: 1 }));
    expect(table.lookup(1, 20)?.link).toBe(2);
  });
});

describe('the way', () => {
  test('through a link: the neighbour under the EID itself', () => {
    const table = new RouteTable();
    table.add(route(20, 0, { link: 1, mtu: 100 }));
    expect(table.resolve(1, 20)).toEqual({ link: 1, address: undefined, nextEid: 20, mtu: 100 });
    table.setNeighbour({ link: 1, eid: 20, address: hex('1d') });
    expect(table.resolve(1, 20)).toEqual({ link: 1, address: hex('1d'), nextEid: 20, mtu: 100 });
    expect(table.resolve(1, 21)).toBeUndefined();
  });

  test('through a gateway: the neighbour of the bridge, and the smaller MTU', () => {
    const table = new RouteTable();
    table.add(route(20, 0, { link: 1, mtu: 80 }));
    table.add(route(21, 9, { gateway: 20, mtu: 128 }));
    table.setNeighbour({ link: 1, eid: 20, address: hex('1d') });
    expect(table.resolve(1, 25)).toEqual({ link: 1, address: hex('1d'), nextEid: 20, mtu: 80 });
  });

  test('gateways in a circle lead nowhere', () => {
    const table = new RouteTable();
    table.add(route(20, 0, { gateway: 21 }));
    table.add(route(21, 0, { gateway: 20 }));
    expect(table.resolve(1, 20)).toBeUndefined();
  });

  test('a gateway without a route leads nowhere', () => {
    const table = new RouteTable();
    table.add(route(20, 0, { gateway: 21 }));
    expect(table.resolve(1, 20)).toBeUndefined();
  });
});

describe('the tables', () => {
  test('an exact duplicate is refused: route-exists', () => {
    const table = new RouteTable();
    table.add(route(20, 4, { link: 1 }));
    expect(codeOf(() => table.add(route(20, 4, { link: 1 })))).toBe('route-exists');
    table.add(route(20, 4, { link: 2 }));
    table.add(route(20, 4, { gateway: 9 }));
    expect(table.routes(1)).toHaveLength(3);
  });

  test('removing what is not there: no-such-route', () => {
    const table = new RouteTable();
    table.add(route(20, 4, { link: 1 }));
    const wrong = route(20, 3, { link: 1 });
    expect(codeOf(() => table.remove(wrong))).toBe('no-such-route');
  });

  test.each([
    ['EID 7', route(7, 0, { link: 1 })],
    ['past 254', route(250, 5, { link: 1 })],
    ['neither link nor gateway', route(20, 0, {})],
    ['both link and gateway', route(20, 0, { link: 1, gateway: 9 })],
  ])('refused: %s', (_, wrong) => {
    expect(codeOf(() => new RouteTable().add(wrong))).toBe('invalid-arguments');
  });

  test('a link that goes takes its routes and neighbours', () => {
    const table = new RouteTable();
    table.add(route(20, 0, { link: 1 }));
    table.add(route(30, 0, { link: 2 }));
    table.setNeighbour({ link: 1, eid: 20, address: hex('1d') });
    table.setNeighbour({ link: 2, eid: 30, address: hex('1e') });
    table.removeLink(1);
    expect(table.routes(1).map(({ first }) => first)).toEqual([30]);
    expect(table.neighbours([1, 2]).map(({ eid }) => eid)).toEqual([30]);
    expect(table.lookup(1, 20)).toBeUndefined();
  });

  test('a neighbour is replaced under its EID, and keeps no view of the caller', () => {
    const table = new RouteTable();
    const address = hex('1d');
    table.setNeighbour({ link: 1, eid: 20, address });
    address[0] = 0;
    expect(table.neighbour(1, 20)?.address).toEqual(hex('1d'));
    table.setNeighbour({ link: 1, eid: 20, address: hex('1e') });
    expect(table.neighbours([1])).toHaveLength(1);
    table.removeNeighbour(1, 20);
    table.removeNeighbour(1, 20);
    expect(table.neighbours([1])).toEqual([]);
  });
});
