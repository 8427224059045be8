// Classify the rows of a CSV file: read, prepare, train, save with the preparation, and use on new raw rows.
// Other files: classify-csv.ts rows.csv target
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as hebb from 'hebb';

async function main(): Promise<void> {
  const ours = path.join(path.dirname(require.resolve('hebb/package.json')), 'data', 'tabular', 'iris.csv');
  const [, , source = ours, name = 'label'] = process.argv;
  const table = await hebb.readCsv(source, { expectedColumns: [name] });
  const { rows, labels } = hebb.takeTarget(table, name, { task: 'classification' }) as hebb.ClassTarget;
  const { train, test } = hebb.splitIndices(rows.length, { testSize: 0.25, stratify: labels, seed: 7 });
  const at = (part: Int32Array) => part.map((k) => rows[k]);
  const y = (part: Int32Array) => Array.from(part, (k) => String(labels[k]));

  const preprocessor = new hebb.TablePreprocessor().fit(table, { target: name, rows: at(train) });
  const model = new hebb.MLPClassifier<string[]>({ hidden: [32], epochs: 80, learningRate: 0.005, seed: 7 });
  await model.fit(preprocessor.transform(table, at(train)), y(train));
  const predicted = model.predict(preprocessor.transform(table, at(test)));
  console.log(`accuracy on ${test.length} unseen rows: ${hebb.metrics.accuracy(y(test), predicted).toFixed(3)}`);

  // One file for `hebb predict`, too.
  const file = path.join(tmpdir(), `hebb-example-${process.pid}.safetensors`);
  await new hebb.TableModel(model, preprocessor).save(file);
  if (source !== ours) return;
  const loaded = await hebb.TableModel.load<string>(file);
  const fresh = { sepal_length_cm: 6.1, sepal_width_cm: 2.8, petal_length_cm: 4.7, petal_width_cm: 1.2 };
  console.log(`a new flower: ${loaded.predictRecords([fresh])}`);
}

main();
