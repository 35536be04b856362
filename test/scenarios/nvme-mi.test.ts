import { MessageType, NvmeMiEndpoint, Stack, connectBus, readSubsystemReport, scan } from '../../src/index';
import { openClient } from '../../src/scan/open-client';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

expectNothingLeft();

test('a program reads the health of a drive through the daemon, with a command that takes its time', async () => {
  await using bus = await PrivateBus.start();
  const nvme = {
    serial: 'S42',
    temperature_celsius: 51,
    controllers: 2,
    fault: [{ kind: 'more-processing', command: 'identify', ms: 7000 }],
  };
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, types: [0, 4], nvme }]);
  expect(await manager.setUp(0x20)).toContain('9 1 ');
  const [found] = await scan({ bus: bus.address, messageType: MessageType.nvmeMi });
  if (found === undefined) throw new Error('no drive was found');
  const connection = await connectBus(bus.address);
  const { clock } = manager.daemon;
  await using stack = await Stack.create(() => openClient(connection, found, clock));
  connection.close();
  const drive = new NvmeMiEndpoint({ client: stack.client, eid: found.eid, network: found.network, clock });
  const report = await manager.daemon.settle(readSubsystemReport(drive));
  expect(report).toMatchObject({
    health: { driveFunctional: true, temperature: { celsius: 51 } },
    controllers: [{ identity: { serialNumber: 'S42' } }, { health: { temperatureCelsius: 51 } }],
    problems: [],
  });
});
