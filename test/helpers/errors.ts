import { HebbError } from '../../lib/errors';

/** The HebbError that a call throws, as { name, message }; fails when it throws none or another error. */
export function thrown(call: () => unknown): { name: string; message: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof HebbError) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error('Expected an error, none was thrown.');
}

/** The HebbError that a promise rejects with. */
export async function rejected(promise: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    return thrown(() => {
      throw error;
    });
  }
  throw new Error('Expected a rejection, there was none.');
}
