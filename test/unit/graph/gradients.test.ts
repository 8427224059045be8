import { opNames } from '../../../lib/graph';
import { buildCase, GRAPH_CASES, gradientError, WITHOUT_GRADIENT } from '../../helpers/graphCases';

describe('gradients by central differences in float64', () => {
  test('every op has a case', () => {
    const covered = new Set([...GRAPH_CASES.map((c) => c.op), ...WITHOUT_GRADIENT]);
    expect(opNames().filter((name) => !covered.has(name))).toEqual([]);
  });

  test.each(GRAPH_CASES.map((c) => [c.name, c] as const))('%s', (_, graphCase) => {
    for (const size of [1, 3]) {
      const built = buildCase(graphCase, size, 'f64');
      expect(gradientError(built)).toBeLessThan(1e-6);
      built.program.dispose();
    }
  });
});
