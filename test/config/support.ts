import { isMctpError } from '../../src/base/errors';
import { parseConfig } from '../../src/config/load';
import type { DaemonConfig, LinkConfig } from '../../src/config/schema';

export const FILE = 'test.toml';

export function load(text: string): DaemonConfig {
  return parseConfig(text, FILE).config;
}

export function warningsOf(text: string): readonly string[] {
  return parseConfig(text, FILE).warnings;
}

/** Every line of the refusal; an accepted file fails the test. */
export function refusal(text: string): string[] {
  try {
    parseConfig(text, FILE);
  } catch (error) {
    if (isMctpError(error, 'configuration')) return error.message.split('\n');
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** The keys a link of each binding needs. */
export const LINKS = {
  serial: '[[link]]\nname = "s0"\nbinding = "serial"\npath = "/dev/ttyS0"\n',
  i2c: '[[link]]\nname = "i0"\nbinding = "i2c"\nbus = 5\n',
  pcie: '[[link]]\nname = "p0"\nbinding = "pcie"\ndevice = "/dev/aspeed-mctp"\n',
  loopback: '[[link]]\nname = "l0"\nbinding = "loopback"\n',
  sim: '[[link]]\nname = "m0"\nbinding = "sim"\nsocket = "/run/sim.sock"\n',
} as const;

export function link(text: string, index = 0): LinkConfig {
  const found = load(text).links[index];
  if (found === undefined) throw new Error('no such link');
  return found;
}
