import fc from 'fast-check';
import { FrameQueue } from '../../src/os/frame-queue';

const limits = { frames: 100, bytes: 400 };
const commands = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('push' as const), size: fc.nat(20) }),
    fc.record({ kind: fc.constant('shift' as const), size: fc.constant(0) }),
    fc.record({ kind: fc.constant('consume' as const), size: fc.nat(25) }),
  ),
  { maxLength: 400 },
);

test('it behaves as a plain list and never passes its limits', () => {
  fc.assert(
    fc.property(commands, (steps) => {
      const queue = new FrameQueue(limits);
      let model: Uint8Array[] = [];
      let value = 0;
      const bytes = (): number => model.reduce((sum, each) => sum + each.length, 0);
      for (const { kind, size } of steps) {
        const frame = new Uint8Array(size).fill(value++);
        const [first] = model;
        if (kind === 'push') {
          const fits = model.length < limits.frames && bytes() + size <= limits.bytes;
          expect(queue.push(frame)).toBe(fits);
          if (fits) model.push(frame);
        } else if (kind === 'shift' || (first !== undefined && size >= first.length)) {
          if (kind === 'shift') queue.shift();
          else queue.consume(size);
          model = model.slice(1);
        } else if (first !== undefined) {
          queue.consume(size);
          model = [first.subarray(size), ...model.slice(1)];
        }
        expect([queue.length, queue.bytes]).toEqual([model.length, bytes()]);
        expect(queue.first()).toEqual(model[0]);
      }
    }),
  );
});

test('clear forgets everything', () => {
  const queue = new FrameQueue(limits);
  queue.push(new Uint8Array(3));
  queue.clear();
  expect([queue.length, queue.bytes, queue.first()]).toEqual([0, 0, undefined]);
});
