import { existsSync } from 'node:fs';
import { expectNothingLeft } from '../support/leftovers';
import { Program } from '../support/program';
import { TempFolder } from '../support/temp-folder';
import { eventually } from '../support/within';

expectNothingLeft();

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'mctpctl sim ends with 0 and without a socket left by %s',
  async (signal) => {
    using folder = new TempFolder();
    const socket = folder.join('bus.socket');
    const bus = `[[bus]]\nname = "b"\nkind = "sim"\nsocket = "${socket}"\n[[bus.device]]\naddress = 9\n`;
    await using sim = Program.start('mctpctl', ['sim', folder.write('scenario.toml', bus)]);
    await eventually('the socket', () => existsSync(socket));
    expect(await sim.stop(signal)).toMatchObject({ status: 0, signal: null });
    expect(existsSync(socket)).toBe(false);
  },
);
