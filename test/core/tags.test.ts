import { FlowTable } from '../../src/core/tags';
import type { Flow, FlowPeer } from '../../src/core/tags';
import { hex } from '../support/vectors';

const INGRESS = { link: 1, network: 1 };

function routed(remote: number, address?: string, local = 8): FlowPeer {
  return {
    kind: 'routed',
    network: 1,
    link: 1,
    local,
    remote,
    address: address === undefined ? undefined : hex(address),
  };
}

function physical(address: string): FlowPeer {
  return { kind: 'physical', link: 1, address: hex(address) };
}

/** A response as it arrives. */
function response(source: number, tag: number, destination = 8): Uint8Array {
  return Uint8Array.of(1, destination, source, 0xc0 | tag, 1);
}

function take(table: FlowTable, peer: FlowPeer, count: number): (Flow | undefined)[] {
  return Array.from({ length: count }, () => table.open(peer, 0));
}

test('8 tags for a pair of EIDs, then none', () => {
  const table = new FlowTable();
  expect(take(table, routed(20), 9).map((flow) => flow?.tag)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, undefined]);
});

test('other pairs do not compete: another remote EID, another local EID, another network', () => {
  const table = new FlowTable();
  take(table, routed(20), 8);
  expect(table.open(routed(21), 0)).toBeDefined();
  expect(table.open(routed(20, undefined, 9), 0)).toBeDefined();
  expect(table.open({ kind: 'routed', network: 2, link: 2, local: 8, remote: 20 }, 0)).toBeDefined();
});

test('tags rotate: one that is free again comes back last', () => {
  const table = new FlowTable();
  const tags = Array.from({ length: 10 }, () => {
    const flow = table.open(routed(20), 0);
    if (flow !== undefined) table.free(flow);
    return flow?.tag;
  });
  expect(tags).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1]);
});

test('R-API-34 a quarantined tag is taken until 6000 ms after its last packet, and lets no response through', () => {
  const table = new FlowTable();
  const [flow] = take(table, routed(20), 8);
  if (flow === undefined) throw new Error('no flow');
  flow.lastPacket = 100;
  table.quarantine(flow);
  expect(table.match(response(20, flow.tag), INGRESS, hex('1d'))).toBeUndefined();
  table.expire(6099);
  expect(table.size).toBe(1);
  expect(table.open(routed(20), 6099)?.tag).toBe(1);
  expect(table.expire(6100)).toEqual([]);
  expect(table.open(routed(20), 6100)).toBeDefined();
});

test('reclaim ends the oldest quarantine towards the peer, never an open flow nor one that is still sent', () => {
  const table = new FlowTable();
  const flows = take(table, routed(20), 8);
  expect(table.reclaim(routed(20))).toBe(false);
  for (const [index, lastPacket] of [
    [2, 70],
    [5, 50],
    [6, 10],
  ] as const) {
    const flow = flows[index];
    if (flow === undefined) throw new Error('no flow');
    flow.lastPacket = lastPacket;
    flow.sending = index === 6;
    table.quarantine(flow);
  }
  expect(table.reclaim(routed(21))).toBe(false);
  expect(table.reclaim(routed(20))).toBe(true);
  expect(table.open(routed(20), 80)?.tag).toBe(5);
  expect(table.open(routed(20), 80)).toBeUndefined();
});

test('R-API-34 an open flow ends 6000 ms after its last packet', () => {
  const table = new FlowTable();
  const flow = table.open(routed(20), 10);
  expect(table.nextDeadline()).toBe(6010);
  expect(table.expire(6009)).toEqual([]);
  expect(table.expire(6010)).toEqual([flow]);
  expect([table.size, flow?.state, table.nextDeadline()]).toEqual([0, 'free', Infinity]);
});

test('R-API-35 somebody who waits longer keeps the flow', () => {
  const table = new FlowTable();
  const flow = table.open(routed(20), 0);
  if (flow !== undefined) flow.waitingUntil = 10_000;
  expect(table.expire(9999)).toEqual([]);
  expect(table.expire(10_000)).toEqual([flow]);
});

test('a flow whose packets still wait for the link does not expire', () => {
  const table = new FlowTable();
  const flow = table.open(routed(20), 0);
  if (flow !== undefined) flow.sending = true;
  expect([table.expire(60_000), table.nextDeadline()]).toEqual([[], Infinity]);
});

test('a routed response is matched by network, both EIDs and tag', () => {
  const table = new FlowTable();
  const flow = table.open(routed(20), 0);
  expect(table.match(response(20, 0), INGRESS, hex('99'))).toBe(flow);
  expect(table.match(response(21, 0), INGRESS, hex('99'))).toBeUndefined();
  expect(table.match(response(20, 1), INGRESS, hex('99'))).toBeUndefined();
  expect(table.match(response(20, 0, 9), INGRESS, hex('99'))).toBeUndefined();
  expect(table.match(response(20, 0), { link: 2, network: 2 }, hex('99'))).toBeUndefined();
});

test('a physical response is matched by link, address and tag, from any EID', () => {
  const table = new FlowTable();
  const flow = table.open(physical('1d'), 0);
  expect(table.match(response(0, 0, 0), INGRESS, hex('1d'))).toBe(flow);
  expect(table.match(response(77, 0), INGRESS, hex('1d'))).toBe(flow);
  expect(table.match(response(77, 0), INGRESS, hex('1e'))).toBeUndefined();
  expect(table.match(response(77, 0), { link: 2, network: 1 }, hex('1d'))).toBeUndefined();
});

test('a routed and a physical request to one device never share a tag, in either order', () => {
  const table = new FlowTable();
  expect(take(table, physical('1d'), 3).map((flow) => flow?.tag)).toEqual([0, 1, 2]);
  expect(take(table, routed(20, '1d'), 6).map((flow) => flow?.tag)).toEqual([3, 4, 5, 6, 7, undefined]);
  expect(table.open(physical('1d'), 0)).toBeUndefined();
  expect(table.open(physical('1e'), 0)?.tag).toBe(0);
  expect(table.open(routed(21), 0)?.tag).toBe(0);
});

test('routed first, then physical', () => {
  const table = new FlowTable();
  const direct = table.open(physical('1d'), 0);
  // Behind a bridge with that address: the two may share a tag, because the source EIDs differ.
  const behind = table.open(routed(20), 0);
  expect([direct?.tag, behind?.tag]).toEqual([0, 0]);
  expect(table.match(response(20, 0), INGRESS, hex('1d'))).toBe(behind);
  expect(table.match(response(30, 0), INGRESS, hex('1d'))).toBe(direct);
});

test('a broadcast is answered by anybody, keeps its tag, and shares it with nobody on the link', () => {
  const table = new FlowTable();
  take(table, physical('1d'), 1);
  const flow = table.open({ kind: 'broadcast', link: 1 }, 0);
  expect([flow?.tag, flow?.held]).toEqual([1, true]);
  expect(table.match(response(0, 1), INGRESS, hex('44'))).toBe(flow);
  expect(table.match(response(9, 1), INGRESS, hex('45'))).toBe(flow);
  expect(take(table, physical('1d'), 1).map((each) => each?.tag)).toEqual([2]);
  expect(take(table, routed(20), 2).map((each) => each?.tag)).toEqual([0, 2]);
});

test('reopen takes the same tag, unless another request has it', () => {
  const table = new FlowTable();
  const flow = table.open(routed(20), 0);
  if (flow === undefined) throw new Error('no flow');
  table.quarantine(flow);
  const again = table.reopen(flow, 50);
  expect([again?.tag, again?.state, again?.lastPacket, table.size]).toEqual([flow.tag, 'open', 50, 1]);
  expect(table.reopen(flow, 60)).toBeUndefined();
});

test('the places of idle peers are bounded', () => {
  const table = new FlowTable();
  for (let i = 0; i < 20_000; i++) {
    const flow = table.open({ kind: 'physical', link: 1, address: Uint8Array.of(i >> 8, i) }, 0);
    if (flow !== undefined) table.free(flow);
  }
  expect(table.size).toBe(0);
  expect(table.peers).toBeLessThanOrEqual(4096);
});
