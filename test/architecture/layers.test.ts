import { readTree, quantile, typescriptFiles, ROOT } from './source-tree';
import { basename, join, relative } from 'node:path';
import { readFileSync } from 'node:fs';

/** The stair: a file imports its own room and lower rows, never a sibling of its row, never upward. */
const ROWS: Readonly<Record<string, number>> = {
  base: 0,
  core: 1,
  os: 1,
  bus: 1,
  files: 1,
  logging: 1,
  metrics: 1,
  bindings: 2,
  kernel: 2,
  client: 2,
  control: 3,
  'nvme-mi': 3,
  pldm: 3,
  discovery: 4,
  scan: 4,
  dbus: 5,
  demux: 5,
  sim: 5,
  config: 5,
  daemon: 6,
  cli: 7,
  '': 7,
};

/** Each npm package enters through one door. */
const DOORS: Readonly<Record<string, RegExp>> = {
  serialport: /^bindings\/serial\//,
  'i2c-bus': /^bindings\/i2c\//,
  'node-gyp-build': /^os\//,
  'dbus-next': /^bus\//,
  winston: /^logging\//,
  'prom-client': /^metrics\//,
  'smol-toml': /^files\//,
  commander: /^cli\//,
  zod: /^(config\/|sim\/scenario\.ts$|daemon\/state-file\.ts$|bindings\/[^/]+\/options\.ts$)/,
};

/** No I/O, npm package, timer, clock or randomness of their own (D-6). */
const PURE = /^(base|core|control|nvme-mi|pldm|discovery)\/|\/framing\.ts$/;
const IMPURE_BASE = new Set(['base/clock.ts', 'base/random.ts']);

const files = readTree();

describe('the stair', () => {
  test('every file sits in a room that has a row', () => {
    expect(files.filter((file) => ROWS[file.room] === undefined).map((file) => file.path)).toEqual([]);
  });

  test('no file imports a sibling row or a higher row', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((target) => {
          const room = target.includes('/') ? (target.split('/')[0] ?? '') : '';
          return room !== file.room && (ROWS[room] ?? 99) >= (ROWS[file.room] ?? -1);
        })
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('the simulator and the daemon never import each other', () => {
    const wrong = files.filter(
      (file) => file.room === 'daemon' && file.imports.some((target) => target.startsWith('sim/')),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test('only the daemon and the programs import logging, metrics and configuration', () => {
    const wrong = files.filter(
      (file) =>
        !['logging', 'metrics', 'config', 'daemon', 'cli'].includes(file.room) &&
        file.imports.some((target) => /^(logging|metrics|config)\//.test(target)),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test('there are no import cycles', () => {
    expect(cycles()).toEqual([]);
  });
});

describe('doors', () => {
  test.each(Object.entries(DOORS))('%s is imported through its door only', (name, door) => {
    const wrong = files.filter((file) => file.packages.includes(name) && !door.test(file.path));
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test('no npm package comes in without a door', () => {
    const wrong = files.flatMap((file) =>
      file.packages
        .filter((name) => !name.startsWith('node:') && DOORS[name] === undefined)
        .map((name) => `${file.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('protocol code has no I/O, npm package or node: module', () => {
    const wrong = files.filter(
      (file) => PURE.test(file.path) && !IMPURE_BASE.has(file.path) && file.packages.length > 0,
    );
    expect(wrong.map((file) => `${file.path}: ${file.packages.join(' ')}`)).toEqual([]);
  });

  test('timers, clocks and randomness are used in base/clock.ts and base/random.ts only', () => {
    const forbidden = /\b(setTimeout|setInterval|Date\.now|performance\.now|Math\.random)\s*\(/;
    const wrong = files.filter(
      (file) =>
        !IMPURE_BASE.has(file.path) && forbidden.test(readFileSync(join(ROOT, 'src', file.path), 'utf8')),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });
});

describe('sizes', () => {
  const fileLines = files.map((file) => file.lines);
  const functions = files.flatMap((file) => file.functions.map((each) => ({ ...each, path: file.path })));
  const functionLines = functions.map((each) => each.lines);

  test('files: median 120, p90 250, limit 400 lines', () => {
    expect(files.filter((file) => file.lines > 400).map((file) => file.path)).toEqual([]);
    expect(quantile(fileLines, 0.5)).toBeLessThanOrEqual(120);
    expect(quantile(fileLines, 0.9)).toBeLessThanOrEqual(250);
  });

  test('functions: median 10, p90 25, limit 60 lines', () => {
    expect(functions.filter((each) => each.lines > 60).map((each) => `${each.path} ${each.name}`)).toEqual(
      [],
    );
    expect(quantile(functionLines, 0.5)).toBeLessThanOrEqual(10);
    expect(quantile(functionLines, 0.9)).toBeLessThanOrEqual(25);
  });

  test('at most four positional parameters', () => {
    expect(
      functions.filter((each) => each.parameters > 4).map((each) => `${each.path} ${each.name}`),
    ).toEqual([]);
  });
});

describe('names', () => {
  const all = [
    ...files.map((file) => file.path),
    ...typescriptFiles(join(ROOT, 'test')).map((each) => relative(ROOT, each)),
  ];

  test('files are kebab-case', () => {
    expect(all.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(basename(path)))).toEqual([]);
  });

  test('there is no barrel but the public one', () => {
    expect(all.filter((path) => basename(path) === 'index.ts' && path !== 'index.ts')).toEqual([]);
  });

  test('no lint or type check is switched off in the source', () => {
    const escapes = /@ts-(ignore|nocheck|expect-error)|eslint-disable/;
    expect(
      files
        .filter((file) => escapes.test(readFileSync(join(ROOT, 'src', file.path), 'utf8')))
        .map((f) => f.path),
    ).toEqual([]);
  });
});

/** Every strongly connected group of more than one file, types included. */
function cycles(): string[] {
  const graph = new Map(files.map((file) => [file.path, file.imports]));
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
      return;
    }
    state.set(path, 'open');
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
