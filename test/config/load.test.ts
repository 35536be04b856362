import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMctpError } from '../../src/base/errors';
import { loadConfig } from '../../src/config/load';

const files = (content: Readonly<Record<string, string>>) => ({
  exists: (path: string) => Object.hasOwn(content, path),
  readFile: (path: string) => {
    const text = content[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  },
});

/** The message of the configuration error, which anything else is not. */
function failure(options: Parameters<typeof loadConfig>[0]): string {
  try {
    loadConfig(options);
  } catch (error) {
    if (isMctpError(error, 'configuration')) return error.message;
    throw error;
  }
  throw new Error('accepted');
}

describe('D-1 which file is read', () => {
  test('/etc/mctpd.conf first, then /etc/mctp-endpointd.toml', () => {
    const both = { '/etc/mctpd.conf': 'role = "endpoint"', '/etc/mctp-endpointd.toml': 'state = false' };
    expect(loadConfig(files(both))).toMatchObject({
      source: '/etc/mctpd.conf',
      config: { role: 'Endpoint', state: true },
    });
    const own = { '/etc/mctp-endpointd.toml': 'state = false' };
    expect(loadConfig(files(own))).toMatchObject({
      source: '/etc/mctp-endpointd.toml',
      config: { state: false },
    });
  });

  test('no default file: defaults', () => {
    expect(loadConfig(files({}))).toMatchObject({
      source: undefined,
      warnings: [],
      config: { role: 'BusOwner' },
    });
  });

  test('-c FILE wins, and has to be there', () => {
    const content = { '/etc/mctpd.conf': 'role = "endpoint"', '/x': '' };
    expect(loadConfig({ ...files(content), path: '/x' })).toMatchObject({
      source: '/x',
      config: { role: 'BusOwner' },
    });
    expect(failure({ ...files(content), path: '/y' })).toMatch(/^\/y: cannot be read/);
  });

  test('a default file that cannot be read is not overlooked', () => {
    const denied = {
      exists: () => true,
      readFile: () => {
        throw new Error('EACCES');
      },
    };
    expect(failure(denied)).toMatch(/mctpd.conf: cannot be read/);
  });

  test('reads real files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mctp-config-'));
    try {
      writeFileSync(join(folder, 'c.toml'), 'nonsense = 1\n');
      expect(loadConfig({ path: join(folder, 'c.toml') }).warnings).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a syntax error is a configuration error with file, line and column', () => {
    expect(failure({ ...files({ '/x': 'a = 1\nb = = 2\n' }), path: '/x' })).toMatch(
      /^\/x:2:5: found "b = = 2"/,
    );
  });
});
