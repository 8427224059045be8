import { setImmediate } from 'node:timers/promises';
import type { Work } from '../graph';

/**
 * Work in pieces: JavaScript up to a `yield`, and native work that is yielded. One generator serves a method and its
 * synchronous twin.
 */
export type Steps<T> = Generator<Work<unknown> | undefined, T, unknown>;

/** Native work as a piece: `const scaler = yield* step(column.scaler(...))`. */
export function* step<T>(work: Work<T>): Steps<T> {
  return (yield work) as T;
}

/** All of it on the calling thread. */
export function runNow<T>(steps: Steps<T>): T {
  let turn = steps.next();
  while (!turn.done) {
    let value: unknown;
    try {
      value = turn.value?.now();
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    turn = steps.next(value);
  }
  return turn.value;
}

/** Milliseconds after which the event loop has its turn. */
const PATIENCE = 4;

/**
 * Native work on background threads, and the event loop has its turn between the pieces that took long. The first piece
 * is over when the promise is returned.
 */
export async function runSoon<T>(steps: Steps<T>): Promise<T> {
  let began = performance.now();
  let turn = steps.next();
  while (!turn.done) {
    let value: unknown;
    try {
      if (turn.value !== undefined) value = await turn.value.start();
      else if (performance.now() - began > PATIENCE) await setImmediate();
      else {
        turn = steps.next();
        continue;
      }
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    began = performance.now();
    turn = steps.next(value);
  }
  return turn.value;
}
