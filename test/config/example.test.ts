import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/load';
import { packageRoot } from '../../src/files/package-root';

const folder = join(packageRoot(), 'config');
const openbmc = readFileSync(join(packageRoot(), 'docs', 'openbmc.md'), 'utf8');
const example = readFileSync(join(folder, 'mctp-endpointd.toml'), 'utf8');

describe('R-DBUS-45 the files in config/', () => {
  test.each(['mctpd.conf', 'mctp-endpointd.toml'])('%s loads without a warning', (name) => {
    expect(parseConfig(readFileSync(join(folder, name), 'utf8'), name).warnings).toEqual([]);
  });

  test('the configuration in docs/openbmc.md is strict, valid and without a warning', () => {
    const [, text = ''] = /```toml\n([^`]*)```/.exec(openbmc) ?? [];
    const { config, warnings } = parseConfig(text, 'openbmc.md');
    expect(warnings).toEqual([]);
    expect(config.links).toMatchObject([{ binding: 'serial', endpoints: [{ eid: 20 }] }]);
  });

  test('the annotated file as it is holds the defaults and nothing else', () => {
    expect(parseConfig(example, 'example').config).toEqual(parseConfig('', 'empty').config);
  });

  test('with every line uncommented it is strict, valid and without a warning', () => {
    const text = example.replace(/^#(?=\S)/gm, '');
    const { config, warnings } = parseConfig(text, 'example');
    expect(warnings).toEqual([]);
    expect(config.links.map((link) => link.binding)).toEqual(['serial', 'i2c', 'pcie', 'sim', 'loopback']);
    expect(config.links[3]).toMatchObject({ upstream: 'pcie0', forward: true, eid: undefined });
    expect(config.interfaces).toHaveLength(1);
  });

  test('the values it shows as defaults are the defaults', () => {
    const single = example.slice(0, example.indexOf('# A serial link'));
    const shown = single
      .replace(/^#(?=\S)/gm, '')
      .replace(/^(?:default_network|uuid|message_timeout_ms|compat|file|listen) =.*\n/gm, '');
    const { demux, ...config } = parseConfig(shown, 'example').config;
    const { demux: defaults, ...rest } = parseConfig('', 'empty').config;
    expect(config).toEqual(rest);
    expect({ ...demux, allow: [] }).toEqual(defaults);
  });
});
