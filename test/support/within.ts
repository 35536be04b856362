import { systemClock } from '../../src/base/clock';

/**
 * Bound of everything a test waits for; far above what it takes, far below what a stuck test may cost. TEST_PATIENCE is how
 * many times that where everything is slow, as in User Mode Linux.
 */
const PATIENCE_MS = 10_000 * Number(process.env['TEST_PATIENCE'] ?? 1);
const POLL_MS = 10;

/** The promise, or a failure that says what was waited for. */
export async function within<T>(what: string, promise: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  let giveUp = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error(`waited ${ms} ms in vain for ${what}`));
  });
  const timer = systemClock.setTimer(ms, () => giveUp());
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.cancel();
  }
}

/** Asks again and again until the answer is neither `undefined` nor `false`. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = PATIENCE_MS,
): Promise<Exclude<T, undefined | false>> {
  const deadline = systemClock.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (systemClock.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await systemClock.sleep(POLL_MS);
  }
}
