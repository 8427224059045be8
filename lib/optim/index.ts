export {
  type AdamOptions,
  adam,
  adamw,
  type CommonOptions,
  type MomentumOptions,
  momentum,
  nesterov,
  type RmspropOptions,
  rmsprop,
  sgd,
} from './optimizers';
export {
  constant,
  cosine,
  exponential,
  type Schedule,
  sampleSchedule,
  stepDecay,
  type WarmupOptions,
} from './schedules';
