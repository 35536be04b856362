import { expectNothingLeft } from '../support/leftovers';
import { livesWithLiars } from '../support/liars-scenario';
import { PrivateBus } from '../support/private-bus';

/** The long scenarios do the same with many more seeds. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

test.each([1, 2, 3, 4, 5, 6])(
  'D-12 R-DISC-14 R-DISC-43 devices that lie in every way upset neither the daemon nor what is known of others (seed %d)',
  (seed) => livesWithLiars(bus, seed),
);
