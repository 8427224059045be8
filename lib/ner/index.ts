export { type LearnClustersOptions, learnClusters } from './clusters';
export { type ConllOptions, formatConll, parseConll, readConll, type TaggedSentence, writeConll } from './conll';
export { type EntityEvaluation, type EntityScores, entityReport, evaluateTags } from './evaluation';
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
export { type NamedEntity, type NerSaveOptions, NerTagger, type NerTagOptions } from './tagger';
