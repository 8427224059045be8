import { datasets, type Matrix, Matrix as MatrixOf, PCA } from '../../../../dist/index.js';
import type { MapWork } from '../../peers/maps';
import type { PythonWorker } from '../../peers/python';
import type { SuiteContext } from '../../suite';
import { missingMnist, mnist, mnistLabels } from '../samples';

async function principalStart(x: Matrix, dims: number): Promise<Matrix> {
  const z = await new PCA({ nComponents: dims }).fitTransform(x);
  let squares = 0;
  for (let i = 0; i < z.rows; i++) squares += z.get(i, 0) ** 2;
  const factor = 1e-4 / Math.sqrt(squares / z.rows);
  return new MatrixOf(
    z.data.map((v) => v * factor),
    z.rows,
    z.cols,
  );
}

async function work(name: string, x: Matrix, labels: ArrayLike<number>, dims = 2): Promise<MapWork> {
  return { name, x, labels, start: await principalStart(x, dims) };
}

export function digits(): Promise<MapWork> {
  const { X, y } = datasets.loadDigits();
  return work('digits', X, y as unknown as ArrayLike<number>);
}

export interface MnistWorks {
  subset(rows: number, dims?: number): Promise<MapWork>;
  whole(): Promise<MapWork>;
}

/** MNIST and its subsets, which are those of the common judge: the first of numpy's RandomState(0).permutation. */
export async function mnistWorks(
  context: SuiteContext,
  worker: PythonWorker | undefined,
): Promise<{ subset?: MnistWorks['subset']; whole?: MnistWorks['whole'] }> {
  const missing = missingMnist();
  if (missing) {
    context.note(`MNIST is left out: ${missing}`);
    return {};
  }
  const whole = async () => work('mnist 70k', await mnist(), mnistLabels());
  if (worker === undefined) {
    context.note("subsets of MNIST are left out: numpy's permutation chooses them");
    return { whole };
  }
  const order = await worker.call<number[]>('permutation', { n: 70000 });
  const all = mnistLabels();
  const subset = async (rows: number, dims = 2) => {
    const chosen = order.slice(0, rows);
    const labels = Uint8Array.from(chosen, (row) => all[row]!);
    return work(`mnist ${rows / 1000}k${dims === 3 ? ', 3-D' : ''}`, await mnist(chosen), labels, dims);
  };
  return { subset, whole };
}
