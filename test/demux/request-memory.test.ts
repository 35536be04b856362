import { RequestMemory } from '../../src/demux/request-memory';

type Given = Parameters<RequestMemory<string>['remember']>[0];

function request(over: Partial<Given> = {}): Given {
  const { eid = 9, tag = 0 } = over;
  const back = { kind: 'eid' as const, network: 1, eid, tag };
  return { eid, type: 1, tag, key: undefined, back, clients: new Set(['a', 'b']), ...over };
}

const NOW = 1000;
const wanted = (key?: number, eid = 9) => ({ eid, type: 1, key });

test('R-DEMUX-20 eight requests of an EID and type, the oldest goes first; they last 6000 ms', () => {
  const memory = new RequestMemory<string>();
  for (let tag = 0; tag < 9; tag++) memory.remember(request({ tag, key: tag }), NOW);
  // 0 is gone, so its answer goes to the last one.
  expect(memory.find(wanted(0), 'a', NOW)?.tag).toBe(8);
  expect(memory.find(wanted(1), 'a', NOW)?.tag).toBe(1);
  expect(memory.find(wanted(1), 'a', NOW + 5999)?.tag).toBe(1);
  expect(memory.find(wanted(1), 'a', NOW + 6000)).toBeUndefined();
});

test('R-DEMUX-22 the same key first, else the most recent; only what was delivered to that client', () => {
  const memory = new RequestMemory<string>();
  memory.remember(request({ tag: 1, key: 5 }), NOW);
  memory.remember(request({ tag: 2, key: 6 }), NOW);
  memory.remember(request({ tag: 3, key: 7, clients: new Set(['b']) }), NOW);
  expect(memory.find(wanted(5), 'a', NOW)?.tag).toBe(1);
  expect(memory.find(wanted(9), 'a', NOW)?.tag).toBe(2);
  expect(memory.find(wanted(undefined), 'b', NOW)?.tag).toBe(3);
  expect(memory.find(wanted(5), 'c', NOW)).toBeUndefined();
  expect(memory.find(wanted(5, 10), 'a', NOW)).toBeUndefined();
});

test('R-DEMUX-26 the second answer to a request is none to another', () => {
  const memory = new RequestMemory<string>();
  memory.remember(request({ tag: 1, key: 5 }), NOW);
  memory.remember(request({ tag: 2, key: 6 }), NOW);
  const first = memory.find(wanted(5), 'a', NOW);
  if (first === undefined) throw new Error('not found');
  memory.answered(first);
  expect(memory.find(wanted(5), 'b', NOW)).toBeUndefined();
  expect(memory.find(wanted(6), 'b', NOW)?.tag).toBe(2);
  // The same instance ID again is a new request.
  memory.remember(request({ tag: 3, key: 5 }), NOW);
  expect(memory.find(wanted(5), 'b', NOW)?.tag).toBe(3);
});

test('R-DEMUX-45 a renewed request lasts 6000 ms more', () => {
  const memory = new RequestMemory<string>();
  memory.remember(request(), NOW);
  const found = memory.find(wanted(), 'a', NOW + 5000);
  if (found === undefined) throw new Error('not found');
  memory.renew(found, NOW + 5000);
  expect(memory.find(wanted(), 'a', NOW + 10_999)?.tag).toBe(0);
  expect(memory.find(wanted(), 'a', NOW + 11_000)).toBeUndefined();
});

test('R-DEMUX-21 a client is asked something as long as nobody has answered', () => {
  const memory = new RequestMemory<string>();
  expect(memory.awaits(9, 1, 'a', NOW)).toBe(false);
  memory.remember(request(), NOW);
  expect(memory.awaits(9, 1, 'a', NOW)).toBe(true);
  expect(memory.awaits(9, 2, 'a', NOW)).toBe(false);
  expect(memory.awaits(9, 1, 'c', NOW)).toBe(false);
  const found = memory.find(wanted(), 'b', NOW);
  if (found === undefined) throw new Error('not found');
  memory.answered(found);
  expect(memory.awaits(9, 1, 'a', NOW)).toBe(false);
});

test('R-DEMUX-34 a client that has gone answers nothing', () => {
  const memory = new RequestMemory<string>();
  memory.remember(request({ tag: 1 }), NOW);
  memory.forget('a');
  expect(memory.find(wanted(), 'a', NOW)).toBeUndefined();
  expect(memory.find(wanted(), 'b', NOW)?.tag).toBe(1);
});

test('a flood under every source EID and type does not fill the memory', () => {
  const memory = new RequestMemory<string>();
  for (let eid = 8; eid < 255; eid++) {
    for (let type = 1; type < 40; type++) {
      for (let tag = 0; tag < 8; tag++) memory.remember(request({ eid, type, tag }), NOW);
    }
  }
  let kept = 0;
  for (let eid = 8; eid < 255; eid++) {
    for (let type = 1; type < 40; type++) if (memory.awaits(eid, type, 'a', NOW)) kept++;
  }
  expect(kept).toBe(4096 / 8);
  expect(memory.awaits(254, 39, 'a', NOW)).toBe(true);
});
