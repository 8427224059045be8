export {
  type Metric,
  type NeighborLists,
  type NeighborMethod,
  type NeighborOptions,
  nearestNeighbors,
} from './neighbors';
export { continuity, knnAccuracy, knnRecall, type MapQualityOptions, mapDivergence, trustworthiness } from './quality';
export { TSNE } from './tsne';
export type {
  TsneInput,
  TsneMethod,
  TsneOptions,
  TsneProgress,
  TsneResult,
  TsneRunOptions,
  TsneSnapshot,
  TsneStage,
  TsneStepOptions,
  TsneTransformOptions,
} from './tsneOptions';
