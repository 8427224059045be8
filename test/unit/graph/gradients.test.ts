import { opNames } from '../../../lib/graph';
import { buildCase, GRAPH_CASES, gradientError, takes, WITHOUT_GRADIENT } from '../../helpers/graphCases';

describe('gradients by central differences in float64', () => {
  test('every op has a case', () => {
    const covered = new Set([...GRAPH_CASES.map((c) => c.op), ...WITHOUT_GRADIENT]);
    expect(opNames().filter((name) => !covered.has(name))).toEqual([]);
  });

  test.each(GRAPH_CASES.map((c) => [c.name, c] as const))('%s', (_, graphCase) => {
    // Every element at first, then some of each parameter.
    for (const size of [0, 1, 2, 3, 7, 16, 17, 31, 33, 64, 65].filter((n) => takes(graphCase, n))) {
      const built = buildCase(graphCase, size, 'f64');
      expect(gradientError(built, size <= 3 ? undefined : 7)).toBeLessThan(1e-6);
      built.program.dispose();
    }
  });
});
