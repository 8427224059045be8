import { AbortError, fromNative } from '../errors';
import { checkSignal } from '../validate';
import type { NativeJob } from './contract';

/**
 * Waits for a background job that `signal` may end. Native errors come out as the typed classes; an aborted job rejects
 * with an AbortError whose cause is the signal's reason and whose `partial` is what `partial()` gives then.
 *
 * @param start begins the job; not called when the signal is aborted already
 * @throws ArgumentError when `signal` is no AbortSignal
 */
export async function settle<T, P = unknown>(
  start: () => NativeJob<T>,
  signal?: AbortSignal | null,
  partial?: () => P | undefined,
): Promise<T> {
  const watched = checkSignal(signal);
  const aborted = () => {
    return new AbortError<P>('The operation was aborted.', { cause: watched?.reason, partial: partial?.() });
  };
  if (watched?.aborted) throw aborted();
  let job: NativeJob<T> | undefined;
  const cancel = () => job?.cancel();
  watched?.addEventListener('abort', cancel, { once: true });
  try {
    job = start();
    return await job.promise;
  } catch (error) {
    const typed = fromNative(error);
    throw typed instanceof AbortError ? aborted() : typed;
  } finally {
    watched?.removeEventListener('abort', cancel);
  }
}
