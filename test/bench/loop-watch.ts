import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

/** Commands of a helper that tells how long its event loop was blocked. */
export const loopCommands = {
  watchLoop: (): Promise<void> => {
    loop.enable();
    loop.reset();
    return Promise.resolve();
  },
  /** Longest time between two turns of a timer that is due every millisecond, without that millisecond. */
  longestBlockMs: (): Promise<number> => {
    loop.disable();
    return Promise.resolve(loop.max / 1e6 - RESOLUTION_MS);
  },
};
