// Checked by `npm run typecheck`, never run.
import {
  type AbortError,
  type ArgumentError,
  type BusyError,
  type DataError,
  type HebbError,
  LoadError,
  type measureLimits,
  type NativeInfo,
  type NativeLimits,
  type NonFiniteError,
  type nativeInfo,
  type OutOfMemoryError,
  type ShapeError,
  setThreads,
} from '../../lib';
import { type Equal, expectType } from './expect';

expectType<Equal<ReturnType<typeof nativeInfo>, NativeInfo>>();
expectType<Equal<Awaited<ReturnType<typeof measureLimits>>, NativeLimits>>();
const error: HebbError = new LoadError('message');
const code: string = error.code;
setThreads(code.length);
// @ts-expect-error a number is needed
setThreads('2');

type Constructed<C> = C extends abstract new (...args: never[]) => infer I ? I : never;
type Errors =
  | Constructed<typeof AbortError>
  | Constructed<typeof ArgumentError>
  | Constructed<typeof BusyError>
  | Constructed<typeof DataError>
  | Constructed<typeof NonFiniteError>
  | Constructed<typeof OutOfMemoryError>
  | Constructed<typeof ShapeError>;
expectType<Errors extends HebbError ? true : false>();
expectType<HebbError extends Error ? true : false>();
