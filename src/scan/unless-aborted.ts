/**
 * The promise, or the reason of the signal if that comes first. Nobody else may wait for the promise.
 * @param late takes a result that comes after the signal
 */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  late: (result: T) => void = () => undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // The reason is whatever the caller gave.
    abort = () => reject(signal.reason as Error);
  });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } catch (error) {
    // The failure of the promise itself comes here too, and has no late result.
    void promise.then(late, () => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
