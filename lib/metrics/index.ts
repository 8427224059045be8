export {
  type Average,
  accuracy,
  type ClassificationSummary,
  type ClassScoreOptions,
  type ClassScores,
  type ConfusionMatrix,
  type ConfusionOptions,
  classificationReport,
  confusionMatrix,
  f1,
  precision,
  recall,
  type ScoreOptions,
} from './classification';
export {
  averagePrecision,
  type CurveOptions,
  type LogLossOptions,
  logLoss,
  type PrCurve,
  prCurve,
  type RocAucOptions,
  type RocCurve,
  rocAuc,
  rocCurve,
} from './ranking';
export { mae, medianAbsoluteError, mse, r2, rmse, type Targets } from './regression';
