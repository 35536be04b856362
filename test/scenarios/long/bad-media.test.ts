import { expectNothingLeft } from '../../support/leftovers';
import { livesWithLiars } from '../../support/liars-scenario';
import { PrivateBus } from '../../support/private-bus';
import { livesWithBadLines } from '../../support/serial-faults-scenario';

/** Bad lines and bad devices, each with many seeds. */

const SEEDS = Array.from({ length: 60 }, (_, at) => 1000 + at);

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

test.each(SEEDS)('D-12 R-DISC-14 devices that lie (seed %d)', (seed) => livesWithLiars(bus, seed));

test.each(SEEDS)('R-DISC-42 serial lines that lose, repeat and damage (seed %d)', (seed) =>
  livesWithBadLines(bus, seed),
);
