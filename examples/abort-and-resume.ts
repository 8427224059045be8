// Stop a training from outside, keep what it has learned, and go on later from the file.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AbortError, datasets, type History, MLPClassifier } from 'hebb';

async function main(): Promise<void> {
  const { X, y } = datasets.loadDigits();
  const file = path.join(tmpdir(), `hebb-example-${process.pid}.safetensors`);
  const model = new MLPClassifier({ hidden: [64], standardize: true, epochs: 1000, seed: 3 });
  const controller = new AbortController();
  try {
    const onEpoch = ({ epoch }: { epoch: number }) => void (epoch === 2 && controller.abort());
    await model.fit(X, y, { signal: controller.signal, onEpoch });
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    const { epochs } = error.partial as History;
    console.log(`stopped after ${epochs.length} epochs, accuracy ${model.score(X, y).toFixed(3)}`);
  }
  await model.save(file);

  const resumed = await MLPClassifier.load(file);
  for (let pass = 0; pass < 5; pass++) await resumed.partialFit(X, y);
  console.log(`after five more passes: accuracy ${resumed.score(X, y).toFixed(3)}`);
}

main();
