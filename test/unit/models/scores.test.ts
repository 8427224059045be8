import { readFileSync } from 'node:fs';
import path from 'node:path';
import { datasets, type Labels, type Matrix, selectLabels } from '../../../lib/data';
import { MLPClassifier, MLPRegressor } from '../../../lib/models';

interface Score {
  mean: number;
  min: number;
  test: number;
}
const golden = JSON.parse(readFileSync(path.resolve(__dirname, '../../golden/mlp_scores.json'), 'utf8')) as Record<
  string,
  Score
>;

const SEEDS = [0, 1, 2, 3, 4];
const OPTIONS = { hidden: [64], batchSize: 32, epochs: 60, standardize: true };

/** Every fourth row is tested on, as in mlp_scores.py. */
function parts(rows: number): { train: number[]; test: number[] } {
  const all = Array.from({ length: rows }, (_, i) => i);
  return { train: all.filter((i) => i % 4 !== 3), test: all.filter((i) => i % 4 === 3) };
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function tell(name: string, scores: number[]): number {
  const own = mean(scores);
  const { mean: theirs, min } = golden[name];
  const text = (value: number) => value.toFixed(4);
  console.log(
    `${name}: ${text(own)} (lowest ${text(Math.min(...scores))}), scikit-learn ${text(theirs)} (lowest ${text(min)})`,
  );
  return own;
}

describe('the same network on the same rows scores as high as scikit-learn', () => {
  const sets: [string, () => { X: Matrix; y: Labels }][] = [
    ['iris', datasets.loadIris],
    ['wine', datasets.loadWine],
    ['breast_cancer', datasets.loadBreastCancer],
    ['digits', datasets.loadDigits],
  ];
  test.each(sets)('%s', async (name, load) => {
    const { X, y } = load();
    const { train, test } = parts(X.rows);
    expect(test).toHaveLength(golden[name].test);
    const scores: number[] = [];
    for (const seed of SEEDS) {
      const model = new MLPClassifier({ ...OPTIONS, seed });
      await model.fit(X.selectRows(train), selectLabels(y, train));
      scores.push(model.score(X.selectRows(test), selectLabels(y, test)));
    }
    // A mean over five seeds moves by about one row of the test part.
    expect(tell(name, scores)).toBeGreaterThan(golden[name].mean - Math.max(0.01, 1.5 / test.length));
  });

  test('diabetes (R2)', async () => {
    const { X, y } = datasets.loadDiabetes();
    const { train, test } = parts(X.rows);
    const scores: number[] = [];
    for (const seed of SEEDS) {
      const model = new MLPRegressor<Float64Array>({ ...OPTIONS, standardizeTarget: true, seed });
      await model.fit(X.selectRows(train), selectLabels(y, train));
      scores.push(model.score(X.selectRows(test), selectLabels(y, test)));
    }
    expect(tell('diabetes', scores)).toBeGreaterThan(golden.diabetes.mean - 0.05);
  });
});
