import type { PointMap, TrainingReport } from '../../../lib/report';

const histogram = { edges: [0, 1, 2, 3, 4], counts: [4, 10, 0, 3] };

/** A small report with everything in it; names hold characters that HTML must not see raw. */
export function sampleReport(task: 'classification' | 'regression'): TrainingReport {
  const classification = task === 'classification';
  return {
    format: 'hebb-report',
    version: 1,
    kind: 'train',
    title: 'Report <of> "flowers" & weeds',
    createdAt: '2026-01-02T03:04:05.000Z',
    task,
    data: {
      source: 'flowers </script><b>.csv',
      rows: 170,
      target: 'kind',
      split: { train: 120, validation: 20, test: 30 },
      columns: [
        {
          name: 'petal <length>',
          type: 'number',
          role: 'feature',
          missing: 2,
          distinct: 43,
          numeric: { min: 0.1, max: 6.9, mean: 3.758, std: 1.765, median: 4.35, histogram },
        },
        {
          name: 'colour',
          type: 'category',
          role: 'feature',
          missing: 0,
          distinct: 2,
          top: [
            { value: 'red', count: 100 },
            { value: 'blue', count: 70 },
          ],
        },
        {
          name: 'kind',
          type: 'category',
          role: 'target',
          missing: 0,
          distinct: 2,
          top: [
            { value: 'yes', count: 90 },
            { value: 'no', count: 80 },
          ],
        },
      ],
    },
    model: {
      kind: classification ? 'MLPClassifier' : 'MLPRegressor',
      parameters: 1234,
      layers: [
        { name: 'layers.0', type: 'linear', output: 64, parameters: 256, activation: 'relu' },
        { name: 'layers.1', type: 'linear', output: 2, parameters: 130 },
      ],
      options: { hidden: [64], optimizer: 'adam', seed: 7 },
    },
    training: {
      epochs: 6,
      curves: {
        loss: [1.1, 0.8, 0.6, 0.5, 0.45, 0.42],
        valLoss: [1.0, 0.82, 0.66, 0.6, 0.61, 0.63],
        accuracy: [0.4, 0.6, 0.7, 0.8, 0.82, 0.85],
        learningRate: [1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3],
      },
      bestEpoch: 3,
      stoppedBy: 'earlyStopping',
      seconds: 0.21,
      rowsPerSecond: 51234,
    },
    evaluations: [
      classification
        ? {
            task: 'classification',
            set: 'test',
            rows: 30,
            accuracy: 0.9,
            macroF1: 0.8977,
            weightedF1: 0.899,
            logLoss: 0.31,
            baseline: 0.5333,
            classes: ['<no>', 'yes'],
            confusion: [
              [12, 2],
              [1, 15],
            ],
            perClass: [
              { label: '<no>', precision: 0.923, recall: 0.857, f1: 0.889, support: 14 },
              { label: 'yes', precision: 0.882, recall: 0.938, f1: 0.909, support: 16 },
            ],
            roc: {
              auc: 0.95,
              falsePositiveRate: [0, 0, 0.1, 0.4, 1],
              truePositiveRate: [0, 0.6, 0.9, 1, 1],
              positive: 'yes',
            },
            threshold: 0.5,
          }
        : {
            task: 'regression',
            set: 'test',
            rows: 30,
            r2: 0.87,
            rmse: 1.2,
            mae: 0.9,
            baseline: 3.3,
            points: { actual: [1, 2, 3, 4, 5, 6], predicted: [1.3, 1.8, 3.3, 3.9, 4.4, 6.2] },
            residuals: histogram,
          },
    ],
    findings: [
      {
        code: 'constant-column',
        severity: 'warning',
        columns: ['x'],
        message: 'Column `x` never changes.',
        advice: 'Leave it out.',
      },
      {
        code: 'leak',
        severity: 'error',
        columns: ['y'],
        message: 'Column `y` predicts alone.',
        advice: 'Check where it comes from.',
      },
    ],
    environment: {
      hebb: '0.1.0',
      node: '20.0.0',
      platform: 'linux',
      arch: 'x64',
      cpu: 'a CPU',
      isa: 'avx2',
      threads: 2,
      seed: 7,
    },
  };
}

/** Three clouds; `dimensions` 2 or 3. */
export function cloudMap(dimensions: 2 | 3, points = 60): PointMap {
  const values = Float32Array.from({ length: points * dimensions }, (_, i) => {
    const point = Math.floor(i / dimensions);
    return 10 * Math.cos(((point % 3) * 2 + (i % dimensions)) * 1.7) + Math.sin(i * 12.9898) * 2;
  });
  return {
    title: `Clouds <${dimensions}-D>`,
    points: values,
    dimensions,
    classes: ['a', 'b & c', 'd'],
    classOf: Array.from({ length: points }, (_, i) => i % 3),
    labels: ['the first </script>'],
    frames: [{ name: 'start', points: values.map((value) => value / 10) }],
  };
}
