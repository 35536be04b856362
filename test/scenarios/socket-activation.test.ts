import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PrivateBus } from '../support/private-bus';
import { expectNothingLeft } from '../support/leftovers';
import { RawSocket } from '../support/raw-socket';
import { loadNative } from '../../src/os/native-module';
import { SOCK_SEQPACKET } from '../../src/os/seqpacket-server';
import { AF_UNIX, encodeUnixAddress } from '../../src/os/unix-address';
import { freshSocketName } from '../support/socket-name';
import { TempFolder } from '../support/temp-folder';
import { within } from '../support/within';

expectNothingLeft();

const PROGRAM = join(__dirname, '..', '..', 'dist', 'src', 'cli', 'mctp-endpointd.js');

test('R-DEMUX-4, R-CONS-41 who connected before the daemon ran is served, on the socket that was opened for it', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  const path = folder.write(
    'mctp-endpointd.toml',
    'state = false\n[demux]\nrequired = true\n[[link]]\nname = "lo0"\nbinding = "loopback"\n',
  );
  const native = loadNative();
  const name = freshSocketName('mctp-mux');
  const fd = native.socket(AF_UNIX, SOCK_SEQPACKET, 0);
  native.bind(fd, encodeUnixAddress(name));
  native.listen(fd, 8);
  const early = await RawSocket.connect(name);
  early.say('05');
  early.say('0805aa81');
  // As a service manager does it: descriptor 3, and the variable names the process that is to have it.
  const command = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"';
  const daemon = spawn('/bin/sh', ['-c', command, process.execPath, PROGRAM, '-c', path], {
    env: {
      PATH: process.env.PATH,
      DBUS_SYSTEM_BUS_ADDRESS: bus.address,
      MCTP_SOCKET_SUFFIX: `-${process.pid}-activation`,
    },
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  const ended = new Promise((resolve) => daemon.once('close', resolve));
  native.closeFd(fd);
  try {
    expect(await early.hears(1)).toEqual(['0805aa81']);
    const late = await RawSocket.connect(name);
    late.say('05');
    late.say('0805aa82');
    expect(await late.hears(1)).toEqual(['0805aa82']);
    late.close();
  } finally {
    daemon.kill('SIGTERM');
    expect(await within('the end of the daemon', ended)).toBe(0);
    early.close();
  }
});
