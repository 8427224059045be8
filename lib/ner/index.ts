export { type LearnClustersOptions, learnClusters } from './clusters';
export { type ConllFormat, type ConllOptions, formatConll, parseConll, readConll, writeConll } from './conll';
export type { NamedEntity } from './entity';
export {
  classificationReport,
  type EntityEvaluation,
  type EntityScores,
  type EvaluateOptions,
  entityReport,
  evaluateTags,
} from './evaluation';
export {
  type AnnotatedText,
  alignSpans,
  type CharSpan,
  formatJsonLines,
  parseJsonLines,
  toCharSpans,
  toTaggedSentence,
} from './jsonl';
export type { NerPrecision } from './modelFile';
export type { NerEpoch, NerTrainOptions, WordClusters } from './options';
export { type EntityValue, findRuleEntities, type RuleMatch } from './rules';
export {
  convertTags,
  detectScheme,
  repairTags,
  type Scheme,
  spansToTags,
  tagNames,
  tagsToSpans,
  UNKNOWN_TAG,
  type WordSpan,
} from './scheme';
export type { TaggedSentence } from './sentence';
export {
  type NerEvaluateOptions,
  type NerExtractOptions,
  type NerSaveOptions,
  NerTagger,
  type NerTagOptions,
} from './tagger';
