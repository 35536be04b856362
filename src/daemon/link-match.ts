import type { KernelLinkRule } from '../config/schema';

/** What is known about a kernel link when it appears. */
export interface MatchedLink {
  /** DSP0239 identifier; 0 where the kernel does not tell, and then no `phys-type` matches. */
  readonly physicalBinding: number;
  /** Sysfs device path without the leading `/sys`; absent where the link has no device. */
  readonly devicePath: string | undefined;
}

/**
 * The rule for a link: the first in file order that matches, even one that sets no role.
 * `undefined`: no rule, all defaults.
 */
export function matchRule(rules: readonly KernelLinkRule[], link: MatchedLink): KernelLinkRule | undefined {
  return rules.find(({ match }) => {
    if (match.kind === 'all') return true;
    if (match.kind === 'phys-type') return match.physicalBinding === link.physicalBinding;
    return link.devicePath !== undefined && matchesPattern(match.pattern, link.devicePath);
  });
}

/**
 * fnmatch(3) with flags 0: `*` and `?` match `/` and a leading dot as well, `[...]` is a set with `!` or `^` to
 * negate it, ranges and `[:class:]`, and a backslash takes away the next character's meaning. Linear in the product
 * of the lengths, whatever the pattern.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const tokens = tokenise(pattern);
  const characters = Array.from(text);
  if (tokens === undefined) return false;
  let at = 0;
  let token = 0;
  let star = -1;
  let resume = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current === 'star') {
      star = token++;
      resume = at;
    } else if (current?.(characters[at] ?? '') === true) {
      token++;
      at++;
    } else if (star >= 0) {
      // Let the last star take one more character; an earlier one never needs to.
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'star');
}

type Token = 'star' | ((character: string) => boolean);

/** `undefined`: the pattern ends in a lone backslash and matches nothing. */
function tokenise(pattern: string): Token[] | undefined {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    const set = character === '[' ? readSet(characters, at + 1) : undefined;
    if (character === '*') tokens.push('star');
    else if (character === '?') tokens.push(() => true);
    else if (set !== undefined) {
      tokens.push(set.test);
      at = set.last;
    } else if (character === '\\') {
      const literal = characters[++at];
      if (literal === undefined) return undefined;
      tokens.push((each) => each === literal);
    } else tokens.push((each) => each === character);
  }
  return tokens;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

interface CharacterSet {
  readonly test: (character: string) => boolean;
  /** Index of the closing bracket. */
  readonly last: number;
}

/** The set after `[`; `undefined` when no bracket closes it, and the `[` then stands for itself. */
function readSet(pattern: readonly string[], start: number): CharacterSet | undefined {
  const negated = pattern[start] === '!' || pattern[start] === '^';
  const first = negated ? start + 1 : start;
  const tests: ((character: string) => boolean)[] = [];
  let at = first;
  // A closing bracket in the first place is a member.
  while (at < pattern.length && (pattern[at] !== ']' || at === first)) {
    const member = readClass(pattern, at) ?? readRange(pattern, at);
    tests.push(member.test);
    at = member.last + 1;
  }
  if (at >= pattern.length) return undefined;
  return { test: (character) => tests.some((test) => test(character)) !== negated, last: at };
}

function readClass(pattern: readonly string[], at: number): CharacterSet | undefined {
  const match = /^\[:([a-z]+):\]/.exec(pattern.slice(at, at + 12).join(''));
  const characters = CLASSES[match?.[1] ?? ''];
  if (match === null || characters === undefined) return undefined;
  return { test: (character) => characters.test(character), last: at + match[0].length - 1 };
}

/** One character, or two with a dash between them. */
function readRange(pattern: readonly string[], at: number): CharacterSet {
  const low = readMember(pattern, at);
  const next = pattern[low.last + 2];
  if (pattern[low.last + 1] !== '-' || next === undefined || next === ']') {
    return { test: (character) => character === low.character, last: low.last };
  }
  const high = readMember(pattern, low.last + 2);
  return {
    test: (character) => character >= low.character && character <= high.character,
    last: high.last,
  };
}

function readMember(
  pattern: readonly string[],
  at: number,
): { readonly character: string; readonly last: number } {
  const escaped = pattern[at] === '\\' && pattern[at + 1] !== undefined;
  const last = escaped ? at + 1 : at;
  return { character: pattern[last] ?? '', last };
}
