import { benchCore } from './core';
import { benchDbus } from './dbus';
import { benchDemux } from './demux';
import { within } from './deadline';
import type { BenchFigure } from './figure';
import { benchMemory } from './memory';
import { benchScale } from './scale';
import { benchScan } from './scan';
import { benchSetup } from './setup';
import { benchStart } from './start';

/** `npm run bench [-- NAME...]`: every figure as one line of JSON; with names, those only. docs/bench.md explains them. */

const BENCHES: Readonly<Record<string, () => Promise<BenchFigure[]>>> = {
  setup: benchSetup,
  core: benchCore,
  dbus: benchDbus,
  demux: benchDemux,
  scan: benchScan,
  start: benchStart,
  memory: benchMemory,
  scale: benchScale,
};

const LIMIT_MS = 120_000;

async function main(chosen: readonly string[]): Promise<number> {
  const unknown = chosen.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    process.stderr.write(`bench: no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`);
    return 2;
  }
  let status = 0;
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    try {
      const figures = await within(LIMIT_MS, name, bench());
      for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`);
    } catch (error) {
      process.stderr.write(`bench: ${name}: ${String(error)}\n`);
      status = 1;
    }
  }
  return status;
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
