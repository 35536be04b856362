/** Waits for something the kernel does, at most five seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Gives the kernel and the event loop the time to do what must not happen. */
export function aWhile(ms = 20): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
