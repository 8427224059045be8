// Classify the rows of a CSV file: read, prepare, train, save with the preparation, and use on new raw rows.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ClassTarget, MLPClassifier, metrics, readCsv, splitIndices, TablePreprocessor, takeTarget } from 'hebb';

async function main(): Promise<void> {
  const ours = path.join(path.dirname(require.resolve('hebb/package.json')), 'data', 'tabular', 'iris.csv');
  const table = await readCsv(process.argv[2] ?? ours);
  const { rows, labels } = takeTarget(table, 'label') as ClassTarget;
  const { train, test } = splitIndices(rows.length, { testSize: 0.25, stratify: labels, seed: 7 });
  const part = (which: Int32Array) => ({
    at: which.map((k) => rows[k]),
    y: Array.from(which, (k) => String(labels[k])),
  });
  const [learn, check] = [part(train), part(test)];

  const preprocessor = new TablePreprocessor().fit(table, { target: 'label', rows: learn.at });
  const model = new MLPClassifier<string[]>({ hidden: [32], epochs: 80, learningRate: 0.005, seed: 7 });
  await model.fit(preprocessor.transform(table, learn.at), learn.y);
  const predicted = model.predict(preprocessor.transform(table, check.at));
  console.log(`accuracy on ${check.y.length} unseen rows: ${metrics.accuracy(check.y, predicted).toFixed(3)}`);

  model.table = preprocessor.toJSON();
  const file = path.join(tmpdir(), `hebb-example-${process.pid}.safetensors`);
  await model.save(file);
  const loaded = await MLPClassifier.load(file);
  const fresh = { sepal_length_cm: 6.1, sepal_width_cm: 2.8, petal_length_cm: 4.7, petal_width_cm: 1.2 };
  const label = loaded.predict(TablePreprocessor.fromJSON(loaded.table).transformRecords([fresh]));
  console.log(`a new flower: ${label}`);
}

main();
