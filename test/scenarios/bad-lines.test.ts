import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { livesWithBadLines } from '../support/serial-faults-scenario';

/** The long scenarios do the same with many more seeds. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

test.each([1, 2, 3])(
  'D-9 R-DISC-42 R-DISC-160 serial lines that are probed, lose 30 %% of the packets, repeat and damage some: all is found and complete within a minute, and nothing wrong is ever published (seed %d)',
  (seed) => livesWithBadLines(bus, seed),
);
