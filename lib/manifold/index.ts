export {
  type Affinities,
  type ConditionalAffinities,
  calibrateAffinities,
  type InitialMapOptions,
  initialMap,
  type StageOptions,
  symmetrizeAffinities,
} from './affinities';
export {
  type Metric,
  type NeighborLists,
  type NeighborMethod,
  type NeighborOptions,
  nearestNeighbors,
} from './neighbors';
export {
  continuity,
  knnAccuracy,
  knnRecall,
  type MapDivergenceOptions,
  type MapQualityOptions,
  mapDivergence,
  trustworthiness,
} from './quality';
export { methodFor, TSNE } from './tsne';
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
  TsneTransformProgress,
} from './tsneOptions';
