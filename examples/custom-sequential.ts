// The free form: residual blocks with layer norm, and a loss of our own made of graph operations.
import { Dense, Dropout, datasets, type Graph, LayerNorm, type Node, Residual, Sequential, trainTestSplit } from 'hebb';

/** log(1 + e^2) grows slowly for far misses: outliers pull less than they do on squares. */
function cauchy(graph: Graph, outputs: Node, targets: Node): Node {
  return graph.mean(graph.log(graph.add(graph.square(graph.sub(outputs, targets)), 1)));
}

async function main(): Promise<void> {
  const { X, y } = datasets.loadDigits();
  const { XTrain, XTest, yTrain, yTest } = trainTestSplit(X, y, { testSize: 0.2, stratify: true, seed: 7 });
  const block = () =>
    new Residual([new LayerNorm(), new Dense(64, { activation: 'gelu' }), new Dropout(0.2), new Dense(64)]);
  const model = new Sequential([new Dense(64), block(), block(), new LayerNorm(), new Dense(10)]);
  model.compile({ loss: 'softmaxCrossEntropy', optimizer: 'adamw', learningRate: 0.002, standardize: true, seed: 7 });
  await model.fit(XTrain, yTrain, { epochs: 15 });
  console.log(model.summary());
  console.log(`accuracy on unseen digits: ${model.evaluate(XTest, yTest).accuracy.toFixed(3)}`);

  const flowers = datasets.loadIris().X;
  const autoencoder = new Sequential([new Dense(2, { activation: 'tanh' }), new Dense(4)]);
  autoencoder.compile({ loss: cauchy, learningRate: 0.02, seed: 7 });
  const { loss } = await autoencoder.fit(flowers, flowers, { epochs: 100 });
  console.log(`iris through two numbers: loss ${loss[0].toFixed(3)} at first, ${loss[99].toFixed(3)} at last`);
}

main();
