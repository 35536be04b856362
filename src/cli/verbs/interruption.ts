import type { CliIo } from './context';

/** Resolves with the first interrupt; a second one ends the process. */
export function interruption(io: Pick<CliIo, 'onInterrupt'>): Promise<void> {
  return new Promise((resolve) => {
    const interrupt = io.onInterrupt(() => {
      interrupt.unsubscribe();
      resolve();
    });
  });
}
