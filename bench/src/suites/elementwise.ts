// Elementwise and row kernels beside oneDNN, on one thread.
import { resultOf } from '../harness';
import type { NativeSuite } from '../suite';
import { race } from './native';

/** What must be at least as fast as the peer. */
const atLeastEqual = ['exp', 'sigmoid', 'tanh', 'gelu', 'softmax'];

export const elementwise: NativeSuite = {
  name: 'elementwise',
  description: 'elementwise and row kernels over 1M floats beside oneDNN, 1 thread; the limit is memcpy',
  measure(context, filters) {
    return race(context, 'bench_elementwise', 1, filters).map(({ case: name, work, limit, contestants }) => {
      const bound = contestants.length > 1 && atLeastEqual.includes(name.split(' ')[0]!);
      const target = bound ? { ratio: [{ peer: 'oneDNN', atLeast: 1 }] } : undefined;
      const info = { name, threads: 1, work, ...(limit && { limit }), ...(target && { target }) };
      return resultOf('elementwise', info, contestants);
    });
  },
};
