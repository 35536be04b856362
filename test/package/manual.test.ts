import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Program } from '../support/program';

const DOCS = join(__dirname, '..', '..', 'docs');

function manual(name: string): string {
  return readFileSync(join(DOCS, 'man', name), 'utf8');
}

/** The names after a macro, such as `.Ic uids , gids`. */
function named(page: string, macro: string): string[] {
  const lines = page.split('\n').filter((line) => line.startsWith(`${macro} `));
  return lines.flatMap((line) => line.slice(macro.length + 1).split(/[ ,]+/));
}

test('mctp-endpointd.toml(5) has every key of the configuration page', () => {
  const rows = readFileSync(join(DOCS, 'configuration.md'), 'utf8').matchAll(/^\| (`[^|]+`) /gm);
  const keys = [...rows].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text]) => (text ?? '').replace(/^.* |^match\./, '')),
  );
  expect(keys.length).toBeGreaterThan(50);
  const page = manual('mctp-endpointd.toml.5');
  const described = [...named(page, '.It Ic'), ...named(page, '.Li { Ic')];
  expect(keys.filter((key) => !described.includes(key))).toEqual([]);
});

test('mctpctl(1) has every verb that the program has', async () => {
  const { stdout } = await Program.run('mctpctl', ['--help']);
  const verbs = [...(/Commands:\n(.*?)\n\n/s.exec(stdout)?.[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)].flatMap(
    ([, verb]) => verb ?? [],
  );
  expect(verbs.length).toBeGreaterThan(10);
  const described = named(manual('mctpctl.1'), '.It Cm');
  expect(verbs.filter((verb) => verb !== 'help' && !described.includes(verb))).toEqual([]);
});

test('mctp-endpointd(8) has every option that the program has', async () => {
  const { stderr } = await Program.run('mctp-endpointd', ['--help']);
  const options = [...stderr.matchAll(/--([a-z-]+)/g)].flatMap(([, option]) => option ?? []);
  expect(options.length).toBeGreaterThan(5);
  const page = manual('mctp-endpointd.8');
  expect(options.filter((option) => !page.includes(`Fl -${option}`))).toEqual([]);
});
