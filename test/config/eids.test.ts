import { load, refusal, warningsOf } from './support';

const owner = (...lines: string[]): string => ['[bus-owner]', ...lines].join('\n');

describe('R-DISC-164 dynamic_eid_range as a list of pairs', () => {
  test('is taken in the order of the file', () => {
    expect(
      load(owner('dynamic_eid_range = [[100, 120], [8, 8], [30, 40]]')).busOwner.dynamicEids.ranges,
    ).toEqual([
      { first: 100, last: 120 },
      { first: 8, last: 8 },
      { first: 30, last: 40 },
    ]);
  });

  test.each([
    ['[[8, 20], [30]]', 'dynamic_eid_range[1]: found [30], expected two EIDs, first and last'],
    ['[[8, 20, 30]]', 'dynamic_eid_range[0]: found [8, 20, 30], expected two EIDs, first and last'],
    ['[[8, 20], [40, 30]]', 'dynamic_eid_range[1]: found [40, 30], expected first EID <= last EID'],
    ['[[8, 20], [30, 255]]', 'dynamic_eid_range[1][1]: found 255, expected an integer 8..254'],
    ['[[8, 20], 30]', 'dynamic_eid_range[1]: found 30, expected an array'],
    ['[[]]', 'dynamic_eid_range[0]: found [], expected two EIDs, first and last'],
  ])('refuses %s', (value, message) => {
    expect(refusal(owner(`dynamic_eid_range = ${value}`))).toEqual([`test.toml:2: bus-owner.${message}`]);
  });

  test('R-DBUS-45 makes the file one of ours: it is read strictly', () => {
    expect(refusal(owner('dynamic_eid_range = [[8, 20]]', 'surprise = 1'))).toHaveLength(1);
  });

  test('R-DBUS-42 the largest pool is what one of them leaves', () => {
    const text = owner('max_pool_size = 100', 'dynamic_eid_range = [[8, 10], [100, 120]]');
    expect(load(text).busOwner.maxPoolSize).toBe(20);
    expect(warningsOf(text)).toHaveLength(1);
  });
});

describe('R-DISC-164 reserved_eids', () => {
  test('EIDs and pairs of them; none by default', () => {
    const { reserved } = load(owner('reserved_eids = [29, [40, 43]]')).busOwner.dynamicEids;
    expect([...reserved]).toEqual([29, 40, 41, 42, 43]);
    expect(load('').busOwner.dynamicEids.reserved.size).toBe(0);
  });

  const EXPECTED = 'expected an integer 8..254, or two EIDs, first and last';
  test.each([
    ['29', 'reserved_eids: found 29, expected an array'],
    ['[7]', `reserved_eids[0]: found 7, ${EXPECTED}`],
    ['["29"]', `reserved_eids[0]: found "29", ${EXPECTED}`],
    ['[29, [40]]', `reserved_eids[1]: found [40], ${EXPECTED}`],
    ['[[40, 41, 42]]', `reserved_eids[0]: found [40, 41, 42], ${EXPECTED}`],
    ['[[41, 40]]', `reserved_eids[0]: found [41, 40], ${EXPECTED}`],
  ])('refuses %s', (value, message) => {
    expect(refusal(owner(`reserved_eids = ${value}`))).toEqual([`test.toml:2: bus-owner.${message}`]);
  });

  test('R-DBUS-45 makes the file one of ours: it is read strictly', () => {
    expect(refusal(owner('reserved_eids = []', 'surprise = 1'))).toHaveLength(1);
  });

  test('R-DBUS-42 they are room for no pool; when nothing is left, a warning tells', () => {
    expect(load(owner('dynamic_eid_range = [8, 20]', 'reserved_eids = [12]')).busOwner.maxPoolSize).toBe(7);
    expect(warningsOf(owner('dynamic_eid_range = [8, 9]', 'reserved_eids = [8, 9]'))).toEqual([
      'test.toml:3: bus-owner.reserved_eids: found all of dynamic_eid_range, expected some EIDs left in dynamic_eid_range, or none is given out but by hand',
    ]);
  });
});
