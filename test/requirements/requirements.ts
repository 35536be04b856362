import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, typescriptFiles } from '../architecture/source-tree';

/** The rules of docs/requirements.md, and where they are cited. */

export interface Requirement {
  readonly rule: string;
  readonly what: string;
  /** Why no test cites it; empty: one must. */
  readonly open: string;
}

const RULE = /R-(?:DISC|DBUS|CONS|API|DEMUX)-\d+/g;

export function readRequirements(): readonly Requirement[] {
  const page = readFileSync(join(ROOT, 'docs', 'requirements.md'), 'utf8');
  return [...page.matchAll(/^\| (R-[A-Z]+-\d+) \| (.*?) \| ?(.*?) ?\|$/gm)].map(([, rule, what, open]) => ({
    rule: rule ?? '',
    what: what ?? '',
    open: open ?? '',
  }));
}

/** Every rule cited below a folder, with the files that cite it. */
export function citations(folder: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const path of typescriptFiles(join(ROOT, folder))) {
    if (path.includes('/requirements/')) continue;
    for (const rule of rulesIn(readFileSync(path, 'utf8'))) {
      const files = found.get(rule) ?? [];
      if (!files.includes(path)) files.push(path);
      found.set(rule, files);
    }
  }
  return found;
}

/** `R-DISC-40..42` and `R-DISC-40, 41` cite each of them. */
function rulesIn(text: string): string[] {
  const ranges = [...text.matchAll(/(R-(?:DISC|DBUS|CONS|API|DEMUX))-(\d+)\.\.(\d+)/g)].flatMap(
    ([, kind, first, last]) =>
      Array.from(
        { length: Number(last) - Number(first) + 1 },
        (_, i) => `${kind ?? ''}-${Number(first) + i}`,
      ),
  );
  const lists = [...text.matchAll(/(R-(?:DISC|DBUS|CONS|API|DEMUX))-\d+((?:, \d+)+)/g)].flatMap(
    ([, kind, more]) =>
      (more ?? '')
        .split(', ')
        .slice(1)
        .map((number) => `${kind ?? ''}-${number}`),
  );
  return [...(text.match(RULE) ?? []), ...ranges, ...lists];
}
