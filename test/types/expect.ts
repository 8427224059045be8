// Helpers of the type tests: checked by `npm run typecheck`, never run.
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `expectType<Equal<A, B>>()` compiles only when A and B are the same type. */
export function expectType<T extends true>(): T | undefined {
  return undefined;
}
