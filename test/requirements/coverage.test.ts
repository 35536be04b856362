import { citations, readRequirements } from './requirements';

/** `npm run coverage:requirements`: the rules one by one, with what they ask for. */

const requirements = readRequirements();
const tested = citations('test');

describe('rules with a test', () => {
  test.each(requirements.filter(({ open }) => open === ''))('$rule $what', ({ rule }) => {
    expect(tested.get(rule) ?? []).not.toEqual([]);
  });
});

describe('rules without a test', () => {
  test.each(requirements.filter(({ open }) => open !== ''))('$rule $what ($open)', ({ open }) => {
    expect(open).toMatch(/^open: ./);
  });
});

test('every rule that source or tests cite is explained in docs/requirements.md', () => {
  const known = new Set(requirements.map(({ rule }) => rule));
  const cited = [...tested.keys(), ...citations('src').keys()];
  expect([...new Set(cited)].filter((rule) => !known.has(rule)).sort()).toEqual([]);
});

test('the page lists each rule once', () => {
  const rules = requirements.map(({ rule }) => rule);
  expect(rules.length).toBeGreaterThan(190);
  expect(new Set(rules).size).toBe(rules.length);
});
