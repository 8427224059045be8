import { AbortError, fromNative } from '../errors';
import type { NativeJob } from '../native';

/** Awaits a native job, cancelled when the signal aborts. Rejects with the typed classes of errors.ts. */
export async function runJob<T>(start: () => NativeJob<T>, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  let job: NativeJob<T>;
  try {
    job = start();
  } catch (error) {
    throw fromNative(error);
  }
  const cancel = () => job.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await job.promise;
  } catch (error) {
    const typed = fromNative(error);
    if (typed instanceof AbortError) throw new AbortError(typed.message, { cause: signal?.reason ?? error });
    throw typed;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
