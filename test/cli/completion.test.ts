import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { VERBS } from '../../src/cli/verbs/table';
import { CliHarness } from './harness';
import { MESSAGE_TYPE_NAMES } from '../../src/base/ids';

const SCRIPT = join(__dirname, '..', '..', 'packaging', 'completions', 'mctpctl.bash');

describe('bash completion', () => {
  test('the program prints the script that packages install', async () => {
    const { code, out } = await new CliHarness().run('completion', 'bash');
    expect(out).toBe(readFileSync(SCRIPT, 'utf8'));
    expect(code).toBe(0);
  });

  test('the script knows every verb, option and message type', () => {
    const program = new Command();
    const context = { io: new CliHarness().io(), printer: unused, withSession: unused };
    for (const verb of VERBS) (typeof verb === 'function' ? verb : verb.load().register)(program, context);
    const words = new Set(readFileSync(SCRIPT, 'utf8').split(/[^A-Za-z0-9-]+/));
    const missing = commandsBelow(program)
      .flatMap((each) => [each.name(), ...each.options.map((option) => option.long ?? '')])
      .filter((word) => !words.has(word));
    expect(missing).toEqual([]);
    expect([...MESSAGE_TYPE_NAMES.values()].filter((name) => !words.has(name))).toEqual([]);
  });

  test('bash completes verbs, options and, from the daemon, links and endpoints', () => {
    const folder = mkdtempSync(join(tmpdir(), `mctpctl-${process.pid}-`));
    try {
      const stub = join(folder, 'mctpctl');
      writeFileSync(
        stub,
        '#!/bin/sh\ncase "$*" in *links) echo mctp0;; *endpoints) echo 1:8; echo 1:9;; esac\n',
      );
      chmodSync(stub, 0o755);
      const complete = (...words: string[]): string => {
        const list = words.map((word) => `'${word}'`).join(' ');
        const text = `PATH='${folder}':$PATH; source '${SCRIPT}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _mctpctl; echo "\${COMPREPLY[*]}"`;
        return execFileSync('bash', ['--norc', '-c', text], { encoding: 'utf8' }).trim();
      };
      expect(complete('mctpctl', 're')).toBe('remove recover rescan req');
      expect(complete('mctpctl', '--json', 'scan', '--t')).toBe('--type --timeout');
      expect(complete('mctpctl', 'scan', '--type', 'nv')).toBe('nvme-mi');
      expect(complete('mctpctl', 'setup', '')).toBe('mctp0');
      expect(complete('mctpctl', '--session', 'show', '')).toBe('1:8 1:9');
      expect(complete('mctpctl', 'recover', '')).toBe('1:8 1:9');
      expect(complete('mctpctl', 'req', '1:9', 'nv')).toBe('nvme-mi');
      expect(complete('mctpctl', 'req', '--i')).toBe('--ic');
      expect(complete('mctpctl', 'link', 'role', 'mctp0', 'b')).toBe('bus-owner');
      expect(complete('mctpctl', 'link', 'list', '')).toBe('');
      expect(complete('mctpctl', 'link', 'set', '')).toBe('mctp0');
      expect(complete('mctpctl', 'link', 'set', 'mctp0', '--u')).toBe('--up');
      expect(complete('mctpctl', 'link', '--k')).toBe('--kernel');
      expect(complete('mctpctl', 'neigh', 'add', '9', '--l')).toBe('--link --lladdr');
      expect(complete('mctpctl', 'addr', 'add', '8', '--link', '')).toBe('mctp0');
      expect(complete('mctpctl', 'addr', 'd')).toBe('del');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what it asks the program for is one word in a line', async () => {
    expect((await new CliHarness().run('completion', 'links')).out).toBe('mctp0\n');
    expect((await new CliHarness().run('completion', 'endpoints')).out).toBe('1:8\n1:9\n1:10\n1:11\n1:12\n');
    expect((await new CliHarness().run('completion', '--help')).out).not.toContain('endpoints');
  });
});

function commandsBelow(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...commandsBelow(each)]);
}

function unused(): never {
  throw new Error('not called');
}
