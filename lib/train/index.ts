export { type ClassWeight, checkClassWeight, resolveClassWeight } from './classWeights';
export {
  BestTracker,
  checkEarlyStopping,
  type EarlyStopping,
  type EarlyStoppingOptions,
  resolveEarlyStopping,
} from './earlyStopping';
export type { EpochRecord, History, StopReason } from './history';
export { EpochOrder } from './order';
export { type BatchProgress, type RowsOf, type TrainCallbacks, Trainer, type TrainerOptions } from './trainer';
