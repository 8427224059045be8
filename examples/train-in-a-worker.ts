// Train inside a worker thread. `fit` never blocks the event loop, so this is only for those who already have workers.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { datasets, MLPClassifier, trainTestSplit } from 'hebb';

async function work(): Promise<void> {
  const { X, y } = datasets.loadWine();
  const { XTrain, XTest, yTrain, yTest } = trainTestSplit(X, y, { testSize: 0.25, stratify: true, seed: 1 });
  const model = new MLPClassifier({ hidden: [32], standardize: true, epochs: 40, seed: 1 });
  await model.fit(XTrain, yTrain, { onEpoch: ({ epoch, loss }) => parentPort?.postMessage({ epoch, loss }) });
  parentPort?.postMessage({ accuracy: model.score(XTest, yTest) });
}

function main(): void {
  const worker = new Worker(__filename);
  worker.on('message', (message: { epoch?: number; loss?: number; accuracy?: number }) => {
    if (message.accuracy !== undefined) console.log(`accuracy on unseen wines: ${message.accuracy.toFixed(3)}`);
    else if (message.epoch! % 10 === 9) console.log(`epoch ${message.epoch! + 1}: loss ${message.loss!.toFixed(3)}`);
  });
}

if (isMainThread) main();
else work();
