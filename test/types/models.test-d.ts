// Checked by `npm run typecheck`, never run.
import {
  Activation,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  type History,
  type Label,
  type Labels,
  type Layer,
  LayerNorm,
  Matrix,
  MeanPool,
  MLPClassifier,
  MLPRegressor,
  Perceptron,
  Residual,
  Sequential,
  type TableModel,
} from '../../lib';
import { type Equal, expectType } from './expect';

const X = Matrix.zeros(4, 2);
const signal = new AbortController().signal;

// Labels come back as the type that went in.
const words = new MLPClassifier<string[]>({ hidden: [8], activation: 'relu', earlyStopping: { patience: 3 }, seed: 1 });
expectType<Equal<ReturnType<typeof words.predict>, string[]>>();
expectType<Equal<Awaited<ReturnType<typeof words.predictAsync>>, string[]>>();
expectType<Equal<ReturnType<typeof words.predictProba>, Matrix>>();
expectType<Equal<Awaited<ReturnType<typeof words.fit>>, History>>();
expectType<Equal<typeof words.classes, readonly Label[]>>();
words.fit(X, ['a', 'b', 'a', 'b'], { signal, onEpoch: ({ epoch, loss }) => epoch + loss });
// @ts-expect-error this model was declared for words
words.fit(X, [1, 2, 3, 4]);
// @ts-expect-error no such activation
new MLPClassifier({ activation: 'reluu' });
// @ts-expect-error no such option
new MLPClassifier({ hiddenLayers: [8] });
// @ts-expect-error a loss of regression
new MLPClassifier({ loss: 'huber' });
expectType<Equal<Awaited<ReturnType<typeof MLPClassifier.load<Int32Array>>>, MLPClassifier<Int32Array>>>();

// Numbers come back as a vector, rows of numbers as a matrix.
expectType<Equal<ReturnType<MLPRegressor<Float32Array>['predict']>, Float32Array>>();
expectType<Equal<ReturnType<MLPRegressor<Matrix>['predict']>, Matrix>>();
const regressor = new MLPRegressor({ loss: 'huber', standardizeTarget: true });
// @ts-expect-error words are no numbers
regressor.fit(X, ['a', 'b', 'c', 'd']);

const perceptron = new Perceptron({ epochs: 3 });
expectType<Equal<ReturnType<typeof perceptron.predict>, Labels>>();
expectType<Equal<ReturnType<typeof perceptron.decisionFunction>, Matrix>>();
// @ts-expect-error its rule has no activation
new Perceptron({ activation: 'relu' });

const layers: Layer[] = [
  new Embedding(10, 4),
  new MeanPool(),
  new Flatten(),
  new Residual([new Dense(4, { activation: 'gelu' }), new Dropout(0.1)]),
  new LayerNorm(),
  new Activation('tanh'),
];
const network = new Sequential(layers).compile({ loss: 'mse', optimizer: 'adamw', learningRate: 1e-3 });
expectType<Equal<typeof network, Sequential>>();
expectType<Equal<ReturnType<typeof network.predict>, Matrix>>();
// @ts-expect-error a width is needed
new Dense();
// @ts-expect-error a layer is an object, not its name
new Sequential(['dense']);

// A model of a table answers raw rows with labels of the type that it is told.
expectType<Equal<ReturnType<TableModel<string>['predictRecords']>, string[]>>();
expectType<Equal<ReturnType<TableModel<number>['predictProbaRecords']>, Matrix>>();
expectType<Equal<Awaited<ReturnType<typeof TableModel.load<string>>>, TableModel<string>>>();
