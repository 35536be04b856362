import { parseConfig } from '../../src/config/load';
import { unsupportedSettings } from '../../src/daemon/unsupported';

const told = (text: string): readonly string[] => unsupportedSettings(parseConfig(text, 'test').config);
const link = (keys: string): string => `[[link]]\nname = "lo0"\nbinding = "loopback"\n${keys}\n`;

test('R-DBUS-45 a plain configuration asks for nothing that is missing', () => {
  expect(told('')).toEqual([]);
  expect(told('[metrics]\nlisten = "9100"\n')).toEqual([]);
  expect(told('state = true\n[demux]\nqueue_frames = 8\nrequired = true\ncompat = "libmctp"\n')).toEqual([]);
  expect(told('[[demux.allow]]\nuids = [1000]\n')).toEqual([]);
  expect(told('[bus-owner]\nendpoint_poll_ms = 2500\n')).toEqual([]);
  expect(told(link('[[link.endpoint]]\naddress = [9]\neid = 20'))).toEqual([]);
});

test.each([
  ['backend = "kernel"', /^backend = "kernel": /],
  ['[[interface]]\nmatch = "all"', /^\[\[interface\]\]: /],
])('what is asked for and missing is told: %s', (text, message) => {
  expect(told(text)).toEqual([expect.stringMatching(message)]);
});

test('R-DISC-170 links of another role, and bridging, are served', () => {
  expect(told(link('role = "endpoint"\npool_request = 4'))).toEqual([]);
});
