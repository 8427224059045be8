// Predict a number: how far diabetes progresses within a year, from ten measurements.
import { datasets, MLPRegressor, trainTestSplit } from 'hebb';

async function main(): Promise<void> {
  const { X, y } = datasets.loadDiabetes();
  const { XTrain, XTest, yTrain, yTest } = trainTestSplit(X, y, { testSize: 0.2, seed: 7 });
  const model = new MLPRegressor({
    hidden: [32],
    optimizer: 'adamw',
    learningRate: 0.003,
    weightDecay: 0.05,
    standardize: true,
    standardizeTarget: true,
    validationSplit: 0.15,
    earlyStopping: { patience: 15 },
    seed: 7,
  });
  const history = await model.fit(XTrain, yTrain);
  console.log(`${history.epochs.length} epochs, the best was number ${history.bestEpoch + 1}`);
  console.log(`R2 on unseen rows: ${model.score(XTest, yTest).toFixed(3)}`);
}

main();
