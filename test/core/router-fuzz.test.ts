import fc from 'fast-check';
import { Priority } from '../../src/core/net';
import { hex } from '../support/vectors';
import { Bench, idle, pattern } from './fake-binding';

const packet = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .tuple(
      fc.constantFrom(0, 8, 9, 30, 255),
      fc.constantFrom(0, 8, 20),
      fc.nat(255),
      fc.uint8Array({ maxLength: 70 }),
    )
    .map(([destination, source, flags, payload]) => Uint8Array.of(1, destination, source, flags, ...payload)),
);

test('nothing a device sends throws, or reaches a request to another device', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(packet, fc.boolean()), { maxLength: 60 }), async (packets) => {
      const bench = new Bench();
      const { binding, link } = await bench.link({ forward: true });
      bench.router.listen(1, () => true, Priority.client);
      const exchange = await bench.router.request(
        { kind: 'physical', link: link.index, address: hex('44') },
        pattern(10),
      );
      for (const [bytes, later] of packets) {
        binding.receiveBytes(bytes, later ? hex('1d') : new Uint8Array(0));
      }
      const waiting = exchange.receive(0);
      binding.receive('010820c0 01aa', '44');
      expect((await waiting)?.physical).toEqual(hex('44'));
      expect(bench.defects).toEqual([]);
      await bench.router.close();
      bench.alarm.cancel();
      await idle();
      expect(bench.clock.timers).toBe(0);
    }),
    { numRuns: 60 },
  );
});
