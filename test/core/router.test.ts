import { Alarm } from '../../src/base/clock';
import { LoopbackBus } from '../../src/bindings/loopback';
import type { Incoming } from '../../src/core/net';
import { Priority } from '../../src/core/net';
import { Router } from '../../src/core/router';
import { hex } from '../support/vectors';
import { TestClock } from '../support/test-clock';

function makeRouter(clock: TestClock): Router {
  const timebase = new Alarm(clock, (now) => {
    router.poll(now);
  });
  const router: Router = new Router(timebase);
  return router;
}

test('a request by physical addressing is answered under its tag', async () => {
  const clock = new TestClock();
  const bus = new LoopbackBus();
  const [ours, device] = [makeRouter(clock), makeRouter(clock)];
  const link = await ours.addLink({ name: 'a', network: 1, binding: bus.attach(0x10), localEids: [8] });
  await device.addLink({ name: 'b', network: 1, binding: bus.attach(0x1d) });
  const got: Incoming[] = [];
  device.listen(
    0,
    (incoming) =>
      got.push(incoming) > 0 && void device.reply(incoming, hex('00000200 00 00 00')) === undefined,
    Priority.responder,
  );
  const exchange = await ours.request(
    { kind: 'physical', link: link.index, address: hex('1d') },
    hex('008002'),
  );
  const response = await clock.settle(exchange.receive(250));
  expect(got[0]).toMatchObject({ source: 8, destination: 0, localEid: 0, to: true, type: 0 });
  expect(response).toMatchObject({ source: 0, destination: 8, to: false, tag: exchange.tag });
  await ours.close();
  await device.close();
});
