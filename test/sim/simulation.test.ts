import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoopbackBuses } from '../../src/bindings/loopback';
import { seqpacketConnector } from '../../src/bindings/seqpacket-connector';
import { SerialBinding } from '../../src/bindings/serial/binding';
import { nodeSerialPorts } from '../../src/bindings/serial/node-serial-port';
import { SimBusBinding } from '../../src/bindings/sim-bus';
import { toHex } from '../../src/base/bytes';
import { systemClock } from '../../src/base/clock';
import { nullLog } from '../../src/base/log';
import type { Binding } from '../../src/core/binding';
import { loadNative } from '../../src/os/native-module';
import { parseScenario } from '../../src/sim/scenario';
import { Simulation } from '../../src/sim/simulation';
import { openDescriptors } from '../support/descriptors';
import { hex } from '../support/vectors';

const GET_EID = hex('01 00 08 cb 00 80 02');
const before = openDescriptors();

afterAll(() => {
  expect(openDescriptors()).toEqual(before);
});

function start(buses: readonly object[]): Promise<Simulation> {
  return Simulation.start(parseScenario({ bus: buses }, 'test'), {
    clock: systemClock,
    log: nullLog,
    native: loadNative,
    loopback: new LoopbackBuses().of,
    socketPath: (name) => join(tmpdir(), `mctp-test-${process.pid}-${name}.socket`),
  });
}

/** Opens the link, sends one packet, gives the first that comes back with its source. */
async function exchange(binding: Binding, packet: Uint8Array, destination: Uint8Array): Promise<string> {
  const answer = new Promise<string>((resolve) => {
    void binding.open({
      packet: (received, source) => resolve(`${toHex(source)}: ${toHex(received)}`),
      writable: () => undefined,
      up: (isUp) => {
        if (isUp) binding.send(packet, destination);
      },
      drop: () => undefined,
    });
  });
  try {
    return await answer;
  } finally {
    await binding.close();
  }
}

test('a device on a pty answers whoever opens the tty with the serialport package', async () => {
  await using simulation = disposable(await start([{ name: 'serial0', kind: 'pty', device: [{ eid: 50 }] }]));
  const [bus] = simulation.buses;
  const binding = new SerialBinding(
    { name: 'serial0', path: bus?.reach ?? '', baud: 115_200, peerRecovery: true },
    { clock: systemClock, log: nullLog, ports: nodeSerialPorts },
  );
  expect(await exchange(binding, GET_EID, new Uint8Array(0))).toBe(': 010832c3' + '00000200320000');
});

test('a device on the unix-socket bus answers a client of the bus, and the socket goes with the simulation', async () => {
  const devices = [{ address: 0x1d, eid: 50 }];
  const simulation = await start([{ name: 'bus0', kind: 'sim', device: devices }]);
  const socket = simulation.buses[0]?.reach ?? '';
  const binding = new SimBusBinding(
    { name: 'bus0', socket, address: 0x10 },
    { clock: systemClock, log: nullLog, connector: seqpacketConnector(loadNative, systemClock) },
  );
  expect(await exchange(binding, GET_EID, Uint8Array.of(0x1d))).toBe('1d: 010832c3' + '00000200320000');
  await simulation.close();
  expect(existsSync(socket)).toBe(false);
});

test('what was started is closed again when a later bus cannot start', async () => {
  const buses = [
    { name: 'serial0', kind: 'pty', device: [{}] },
    { name: 'bus0', kind: 'sim', socket: '/nowhere/at/all.socket', device: [] },
  ];
  await expect(start(buses)).rejects.toMatchObject({ name: 'MctpError' });
});

function disposable(simulation: Simulation): Simulation & AsyncDisposable {
  return Object.assign(simulation, { [Symbol.asyncDispose]: () => simulation.close() });
}
