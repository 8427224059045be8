import { AbortError } from '../errors';

const SLICE_MS = 5;

/** Lets the event loop have its turn whenever a few milliseconds have gone by. */
export class Turns {
  #until = performance.now() + SLICE_MS;

  constructor(readonly signal: AbortSignal | undefined) {}

  /** @throws AbortError when the signal says so */
  async pause(): Promise<void> {
    if (this.signal?.aborted) throw new AbortError(undefined, { cause: this.signal.reason });
    if (performance.now() < this.#until) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#until = performance.now() + SLICE_MS;
  }
}
