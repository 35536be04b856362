import { Census } from '../../src/demux/census';
import { accessOf, type AccessRule } from '../../src/demux/credentials';
import { Seldom } from '../../src/demux/seldom';
import { TestClock } from '../support/test-clock';

const rule = (over: Partial<AccessRule>): AccessRule => ({ uids: [], gids: [], types: undefined, ...over });
const peer = (uid: number, gid = 100) => ({ pid: 1, uid, gid });

describe('R-DEMUX-40 who is served', () => {
  test('root and the own user are, and may change the EID; nobody else is', () => {
    const policy = { ownUid: 990, rules: [] };
    expect(accessOf(peer(0), policy)).toEqual({ privileged: true, types: undefined });
    expect(accessOf(peer(990), policy)).toEqual({ privileged: true, types: undefined });
    expect(accessOf(peer(1000), policy)).toBeUndefined();
    expect(accessOf(peer(1000, 0), policy)).toBeUndefined();
  });

  test('users and groups that the configuration lists, with the types of every entry that names them', () => {
    const rules = [
      rule({ uids: [1000], types: [1] }),
      rule({ gids: [100], types: [4, 5] }),
      rule({ uids: [1002] }),
      rule({ uids: [1002], types: [1] }),
    ];
    const policy = { ownUid: 990, rules };
    expect(accessOf(peer(1000, 7), policy)).toEqual({ privileged: false, types: [1] });
    expect(accessOf(peer(1000), policy)).toEqual({ privileged: false, types: [1, 4, 5] });
    expect(accessOf(peer(1001), policy)).toEqual({ privileged: false, types: [4, 5] });
    expect(accessOf(peer(1002, 7), policy)).toEqual({ privileged: false, types: undefined });
    expect(accessOf(peer(1003, 7), policy)).toBeUndefined();
    expect(accessOf(peer(0), policy)).toEqual({ privileged: true, types: undefined });
  });
});

test('R-DEMUX-42 so many clients in total, and so many of one user', () => {
  const census = new Census({ clients: 3, perUid: 2 });
  expect([census.enter(1), census.enter(1), census.enter(1)]).toEqual([true, true, false]);
  expect([census.enter(2), census.enter(3)]).toEqual([true, false]);
  census.leave(1);
  expect([census.enter(3), census.enter(1)]).toEqual([true, false]);
});

test('a line that is written again and again is written once in a while, and tells how many are missing', async () => {
  const clock = new TestClock();
  const seldom = new Seldom(clock, 1000);
  const lines: number[] = [];
  const say = (): void => seldom.say((suppressed) => lines.push(suppressed));
  for (let i = 0; i < 5; i++) say();
  await clock.advance(1000);
  say();
  say();
  expect(lines).toEqual([0, 4]);
});
