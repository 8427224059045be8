export {
  type Metric,
  type NeighborLists,
  type NeighborOptions,
  nearestNeighbors,
} from './neighbors';
export { continuity, knnAccuracy, knnRecall, type MapQualityOptions, mapDivergence, trustworthiness } from './quality';
export {
  TSNE,
  type TsneInput,
  type TsneOptions,
  type TsneProgress,
  type TsneResult,
  type TsneRunOptions,
  type TsneSnapshot,
  type TsneStage,
  type TsneStepOptions,
  type TsneTransformOptions,
} from './tsne';
