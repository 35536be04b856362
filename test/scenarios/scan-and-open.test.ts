import { scan } from '../../src/scan/scan';
import { watch } from '../../src/scan/watch';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { hex } from '../support/vectors';
import { VirtualManager } from '../support/virtual-manager';
import { eventually, within } from '../support/within';

expectNothingLeft();

test('R-DBUS-51 R-API-37 a program that knows only the bus finds a device and talks to it', async () => {
  await using bus = await PrivateBus.start();
  await using manager = await VirtualManager.start(bus, [{ address: 0x20, types: [0, 4] }]);
  expect(await manager.setUp(0x20)).toContain('9 1 ');
  const found = await scan({ bus: bus.address, messageType: 4 });
  expect(found).toMatchObject([{ network: 1, eid: 9, types: [0, 4], transport: 'daemon', link: 'bus0' }]);
  await using channel = await found[0]?.open({ timeoutMillis: 1000 });
  await channel?.send(0, hex('8102'));
  const response = await within('the answer', manager.daemon.settle(Promise.resolve(channel?.recv())));
  // Get Endpoint ID: instance 1, completion code 0, EID 9.
  expect(response?.payload.slice(0, 4)).toEqual(hex('01020009'));
});

test('R-CONS-9 a watch sees the daemon come, its devices, and all of them go', async () => {
  await using bus = await PrivateBus.start();
  const stop = new AbortController();
  const said: string[] = [];
  const watching = (async () => {
    for await (const event of watch({ bus: bus.address, signal: stop.signal })) {
      if (event.kind === 'daemon') said.push(event.running ? 'up' : 'down');
      else if (event.kind !== 'problem') said.push(`${event.kind} ${event.endpoint.eid}`);
      if (said.at(-1) === 'down' && said.length > 1) stop.abort();
    }
  })();
  {
    await using manager = await VirtualManager.start(bus, [{ address: 0x20 }]);
    await manager.setUp(0x20);
    await eventually('the endpoint', () => said.includes('added 9'));
  }
  await within('the end of the watch', watching);
  expect(said.filter((each) => each !== 'down').slice(0, 2)).toEqual(['up', 'added 9']);
  expect(said.slice(-2)).toEqual(['removed 9', 'down']);
});
