import { AbortError, fromNative } from '../errors';
import type { NativeJob } from './contract';

/**
 * Waits for a background job that `signal` may end. Native errors come out as the typed classes; an aborted job rejects
 * with an AbortError whose cause is the signal's reason and whose `partial` is what `partial()` gives then.
 *
 * @param start begins the job; not called when the signal is aborted already
 */
export async function settle<T, P = unknown>(
  start: () => NativeJob<T>,
  signal?: AbortSignal,
  partial?: () => P | undefined,
): Promise<T> {
  const aborted = () => {
    return new AbortError<P>('The operation was aborted.', { cause: signal?.reason, partial: partial?.() });
  };
  if (signal?.aborted) throw aborted();
  let job: NativeJob<T>;
  try {
    job = start();
  } catch (error) {
    throw fromNative(error);
  }
  const cancel = () => job.cancel();
  const exit = () => job.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  process.once('exit', exit);
  try {
    return await job.promise;
  } catch (error) {
    const typed = fromNative(error);
    throw typed instanceof AbortError ? aborted() : typed;
  } finally {
    signal?.removeEventListener('abort', cancel);
    process.removeListener('exit', exit);
  }
}
