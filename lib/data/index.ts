export {
  assertAttached,
  copyNumbers,
  isFloat32Array,
  isInt32Array,
  isNumericArray,
  isShared,
  type NumericArray,
} from './arrays';
export type { ClassificationDataset, RegressionDataset, TabularDataset } from './datasets';
export * as datasets from './datasets';
export { LabelEncoder } from './labelEncoder';
export {
  type Label,
  type Labels,
  type LabelType,
  labelType,
  type NumericVector,
  selectLabels,
  toFloat64,
  uniqueLabels,
} from './labels';
export { assertFinite, Matrix, type MatrixLike, nonFinite, type RowLike, toMatrix } from './matrix';
export { type Category, type CategoryRows, OneHotEncoder, type OneHotEncoderOptions } from './oneHotEncoder';
export { Philox, permutation, philox4x32, range, shuffle } from './rng';
export {
  coefficientsOf,
  MinMaxScaler,
  type MinMaxScalerOptions,
  StandardScaler,
  type StandardScalerOptions,
  scalerOf,
} from './scalers';
export {
  KFold,
  type KFoldOptions,
  type Split,
  type SplitIndices,
  type SplitOptions,
  StratifiedKFold,
  splitIndices,
  trainTestSplit,
} from './split';
export { type Json, type JsonObject, requireFitted } from './state';
export * from './table';
