// Checked by `npm run typecheck`, never run.
import { type HebbError, LoadError, type NativeInfo, type nativeInfo, setThreads } from '../../lib';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<T extends true>(): T | undefined {
  return undefined;
}

expectType<Equal<ReturnType<typeof nativeInfo>, NativeInfo>>();
const error: HebbError = new LoadError('message');
const code: string = error.code;
setThreads(code.length);
// @ts-expect-error a number is needed
setThreads('2');
