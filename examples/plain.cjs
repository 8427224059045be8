// From plain JavaScript, CommonJS.
const { datasets, MLPClassifier, trainTestSplit } = require('hebb');

const { X, y } = datasets.loadBreastCancer();
const { XTrain, XTest, yTrain, yTest } = trainTestSplit(X, y, { testSize: 0.2, stratify: true, seed: 5 });
const model = new MLPClassifier({ hidden: [32], standardize: true, epochs: 30, seed: 5 });
model.fit(XTrain, yTrain).then(() => {
  console.log(`accuracy on unseen rows: ${model.score(XTest, yTest).toFixed(3)}`);
});
