import type { Clock, Timer } from '../../base/clock';
import type { Sink } from './sink';

/** Nothing is shown for what takes less (milliseconds). */
const PATIENCE_MS = 1000;
const FRAME_MS = 200;
const FRAMES = ['|', '/', '-', '\\'];

/** Back to the first column, and clear the line. */
const CLEAR_LINE = '\r\x1b[K';

/**
 * Shows on `sink` that something is being waited for, once it takes more than a second, and cleans up after itself.
 * Only a terminal gets to see it; a log file or a pipe does not.
 */
export async function withProgress<T>(
  { sink, clock, text }: { readonly sink: Sink; readonly clock: Clock; readonly text: string },
  work: Promise<T>,
): Promise<T> {
  if (!sink.isTerminal) return work;
  const start = clock.now();
  let frame = 0;
  const show = (): Timer => {
    const seconds = Math.floor((clock.now() - start) / 1000);
    sink.write(`${CLEAR_LINE}${FRAMES[frame % FRAMES.length] ?? ''} ${text} (${seconds} s)`);
    frame++;
    return clock.setTimer(FRAME_MS, tick);
  };
  const tick = (): void => {
    timer = show();
  };
  let timer = clock.setTimer(PATIENCE_MS, tick);
  try {
    return await work;
  } finally {
    timer.cancel();
    if (frame > 0) sink.write(CLEAR_LINE);
  }
}
