import { LoopbackBus } from '../../src/bindings/loopback';
import { systemClock, type Clock } from '../../src/base/clock';
import { parseConfig } from '../../src/config/load';
import { createDaemon } from '../../src/daemon/daemon';
import { systemPlatform } from '../../src/daemon/platform';
import { createLogger } from '../../src/logging/winston-logger';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import { serveCommands } from './helper';
import { loopCommands } from './loop-watch';

/** The daemon as the program makes it, with simulated devices on its loopback link. */

export interface HostOptions {
  readonly busAddress: string;
  readonly latencyMs: number;
  /** Physical addresses of the devices, and those of them that never answer. */
  readonly addresses: readonly number[];
  readonly dead: readonly number[];
}

const CONFIGURATION = `
[[link]]
name = "bench0"
binding = "loopback"
eid = 8
discover = "off"
`;

/**
 * A bus brings one packet at a time, in the loop's I/O phase. Answers straight out of timers would all be handled in
 * one go with no I/O in between, which no real bus does; so each gets a turn of the loop of its own.
 */
const answers: (() => void)[] = [];
const deviceClock: Clock = {
  ...systemClock,
  setTimer: (ms, callback) =>
    systemClock.setTimer(ms, () => {
      if (answers.push(callback) === 1) setImmediate(answerOne);
    }),
};

function answerOne(): void {
  answers[0]?.();
  answers.shift();
  if (answers.length > 0) setImmediate(answerOne);
}

async function start({ busAddress, latencyMs, addresses, dead }: HostOptions): Promise<void> {
  const bus = new LoopbackBus({ name: 'bench0' });
  for (const address of addresses) {
    const profile = {
      ...PLAIN_DEVICE,
      name: `device-${address}`,
      address: Uint8Array.of(address),
      uuid: Uint8Array.from({ length: 16 }, (_, i) => (i * 31 + address) & 0xff),
      types: [0, 1],
      silent: dead.includes(address),
      latencyMs,
    };
    await new SimDevice(bus.attach(address), profile, deviceClock).open();
  }
  const { config } = parseConfig(CONFIGURATION, 'bench');
  // The lines are formatted and written as ever; where stderr goes is the parent's choice.
  const log = createLogger(config.log);
  await createDaemon(config, { ...systemPlatform({ log, busAddress }), loopback: () => bus });
}

serveCommands({ start, ...loopCommands });
