// A quick real use of an installed hebb: `node smoke.cjs [package folder]`. Exits non-zero when something is wrong.
const assert = require('node:assert');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { isMainThread, Worker, workerData } = require('node:worker_threads');

const hebb = require(process.argv[2] ?? workerData ?? 'hebb');
const { datasets, Matrix, MLPClassifier, matmul, nativeInfo, StandardScaler, TSNE, trainTestSplit } = hebb;

function irises() {
  const { X, y } = datasets.loadIris();
  const { XTrain, XTest, yTrain, yTest } = trainTestSplit(X, y, { testSize: 0.3, stratify: true, seed: 1 });
  const scaler = new StandardScaler().fit(XTrain);
  return { XTrain: scaler.transform(XTrain), XTest: scaler.transform(XTest), yTrain, yTest };
}

async function train(threads) {
  const data = irises();
  const clf = new MLPClassifier({ hidden: [16], epochs: 60, batchSize: 16, learningRate: 0.02, seed: 3, threads });
  await clf.fit(data.XTrain, data.yTrain);
  return { clf, data, probabilities: Array.from(clf.predictProba(data.XTest).data) };
}

async function check() {
  const product = matmul(
    new Matrix(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3),
    new Matrix(Float32Array.of(7, 8, 9, 10, 11, 12), 3, 2),
  );
  assert.deepStrictEqual(Array.from(product.data), [58, 64, 139, 154]);

  const { clf, data, probabilities } = await train(1);
  const accuracy = clf.score(data.XTest, data.yTest);
  assert.ok(accuracy >= 0.9, `accuracy on iris ${accuracy}`);
  assert.deepStrictEqual((await train(3)).probabilities, probabilities, 'the same bits for 1 and 3 threads');

  const folder = mkdtempSync(path.join(tmpdir(), 'hebb-smoke-'));
  try {
    await clf.save(path.join(folder, 'iris.safetensors'));
    const same = await MLPClassifier.load(path.join(folder, 'iris.safetensors'));
    assert.deepStrictEqual(same.predict(data.XTest), clf.predict(data.XTest));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  const { embedding } = await new TSNE({ perplexity: 10, nIter: 250, seed: 1 }).fitTransform(data.XTrain);
  assert.ok(embedding.data.every(Number.isFinite), 'a finite embedding');
  return accuracy;
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: process.argv[2] ?? 'hebb' });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`The worker ended with code ${code}.`))));
  });
}

async function main() {
  const accuracy = await check();
  if (!isMainThread) return;
  await inWorker();
  const where = `${process.platform} ${process.arch}, Node ${process.versions.node}`;
  console.log(`hebb works on ${where}: ${nativeInfo().isa} kernels, accuracy ${accuracy.toFixed(3)} on iris.`);
}

main();
