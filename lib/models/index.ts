export type { FitOptions } from './estimator';
export type { EpochSchedule, LearningRate } from './learningRate';
export type { CustomLoss, LossName, SequentialTargets } from './lossHead';
export { type ClassifierEvaluation, MLPClassifier } from './mlpClassifier';
export type {
  MLPClassifierOptions,
  MLPOptions,
  MLPRegressorOptions,
  OptimizerName,
  RegressionLoss,
} from './mlpOptions';
export { MLPRegressor, type RegressorEvaluation } from './mlpRegressor';
export { Perceptron, type PerceptronOptions } from './perceptron';
export { Sequential, type SequentialCompileOptions, type SequentialFitOptions } from './sequential';
export { TableModel } from './tableModel';
