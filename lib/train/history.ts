/** One completed epoch. */
export interface EpochRecord {
  /** From 0. */
  epoch: number;
  /** Mean training loss over the epoch's rows, taken while the weights were changing; no regularization term. */
  loss: number;
  /** Mean loss over the validation rows after the epoch; only with validation rows. */
  valLoss?: number;
  /** The learning rate of the epoch's last step. */
  learningRate: number;
  /** Wall-clock time of the epoch with its validation. */
  seconds: number;
  /** Further figures by name: 'accuracy', 'valAccuracy', 'r2', 'valR2'. */
  metrics: Record<string, number>;
}

/** Why a training ended. */
export type StopReason = 'epochs' | 'earlyStopping' | 'converged' | 'abort' | 'callback';

/** What a training tells about itself, epoch by epoch. Plain data. */
export interface History {
  /** One record a completed epoch. */
  epochs: EpochRecord[];
  /** Shortcuts: one value a completed epoch. */
  loss: number[];
  /** Empty without validation rows. */
  valLoss: number[];
  /** Name -> one value a completed epoch. */
  metrics: Record<string, number[]>;
  /** Index of the epoch whose weights the model holds; -1 before the first. */
  bestEpoch: number;
  /** Why training ended. */
  stoppedBy: StopReason;
  /** Optimizer steps taken. */
  steps: number;
  /** Of all epochs, validation included. */
  seconds: number;
}

/** A history without epochs. */
export function emptyHistory(): History {
  return { epochs: [], loss: [], valLoss: [], metrics: {}, bestEpoch: -1, stoppedBy: 'epochs', steps: 0, seconds: 0 };
}

/** Adds an epoch to a history and its shortcuts. */
export function recordEpoch(history: History, record: EpochRecord): void {
  history.epochs.push(record);
  history.loss.push(record.loss);
  if (record.valLoss !== undefined) history.valLoss.push(record.valLoss);
  for (const [name, value] of Object.entries(record.metrics)) {
    history.metrics[name] ??= [];
    history.metrics[name].push(value);
  }
}
