import { ArgumentError, ShapeError } from '../errors';
import { checkBoolean, checkKeys, checkOneOf, show } from '../validate';
import { checkTags, detectScheme, SCHEMES, type Scheme, tagsToSpans, type WordSpan } from './scheme';

/** Precision, recall and F1 of entities, with the counts behind them. */
export interface EntityScores {
  /** Of 1; 0 when nothing was predicted (or is there). */
  precision: number;
  /** Share of the gold entities that were found, 0 to 1. */
  recall: number;
  /** Harmonic mean of precision and recall. */
  f1: number;
  /** Entities in the gold tags. */
  gold: number;
  /** Entities among the predictions. */
  predicted: number;
  /** Predictions with the bounds and the type of a gold entity. */
  correct: number;
}

/** How well predicted tags match gold tags, over all entities and for each type. */
export interface EntityEvaluation extends EntityScores {
  /** The scores of each type. */
  perType: Record<string, EntityScores>;
  /** Mean F1 of the types. */
  macroF1: number;
  /** Share of words with the right tag. */
  accuracy: number;
  /**
   * confusion[gold][predicted]: entities with the right bounds, by both types. The column 'O' counts gold entities at whose
   * bounds nothing was predicted (missed), the row 'O' predictions at whose bounds nothing is (spurious).
   */
  confusion: Record<string, Record<string, number>>;
}

/** How entities are counted. */
export interface EvaluateOptions {
  /** Count well-formed entities only, as seqeval's strict mode does. Default false: by conlleval's rule. */
  strict?: boolean;
  /** With `strict`: the scheme that both sides are read in. Default: that of the gold tags. */
  scheme?: Scheme;
}

function scores(correct: number, gold: number, predicted: number): EntityScores {
  const precision = predicted === 0 ? 0 : correct / predicted;
  const recall = gold === 0 ? 0 : correct / gold;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1, gold, predicted, correct };
}

const place = (span: WordSpan) => span.start * 0x4000000 + span.end;

/** Counts of entities by type; types may be called anything. */
class Tally {
  readonly #counts = new Map<string, { correct: number; gold: number; predicted: number }>();
  readonly #confusion = new Map<string, Map<string, number>>();

  of(type: string) {
    const found = this.#counts.get(type) ?? { correct: 0, gold: 0, predicted: 0 };
    this.#counts.set(type, found);
    return found;
  }

  confuse(gold: string, predicted: string): void {
    const row = this.#confusion.get(gold) ?? new Map<string, number>();
    this.#confusion.set(gold, row);
    row.set(predicted, (row.get(predicted) ?? 0) + 1);
  }

  get types(): string[] {
    return [...this.#counts.keys()].sort();
  }

  get confusion(): EntityEvaluation['confusion'] {
    return Object.fromEntries([...this.#confusion].map(([type, row]) => [type, Object.fromEntries(row)]));
  }
}

const MISSING = 'O';

function compare(tally: Tally, gold: readonly WordSpan[], predicted: readonly WordSpan[]): void {
  const found = new Map(predicted.map((span) => [place(span), span.type]));
  for (const span of gold) {
    const counts = tally.of(span.type);
    counts.gold++;
    const type = found.get(place(span));
    if (type === span.type) counts.correct++;
    tally.confuse(span.type, type ?? MISSING);
    found.delete(place(span));
  }
  for (const { type } of predicted) tally.of(type).predicted++;
  for (const type of found.values()) tally.confuse(MISSING, type);
}

function checkSequences(sequences: unknown, name: string): asserts sequences is readonly (readonly string[])[] {
  if (!Array.isArray(sequences)) {
    throw new ArgumentError(`Expected \`${name}\` to be an array of tag sequences, received ${show(sequences)}.`);
  }
  sequences.forEach((tags, s) => {
    checkTags(tags, `sentence ${s} of \`${name}\``);
  });
}

/**
 * Precision, recall and F1 over entities: one counts when bounds and type are right.
 *
 * By default as conlleval (Tjong Kim Sang, Buchholz 2000): a word that continues nothing begins an entity. With `strict`
 * only what is well formed in `scheme` counts as an entity, as in seqeval's strict mode (Nakayama 2018).
 * @throws ShapeError when a sentence's tags differ in number
 * @throws ArgumentError for unknown options, and for what are no sequences of tags
 */
export function evaluateTags(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: EvaluateOptions = {},
): EntityEvaluation {
  checkKeys(options, ['strict', 'scheme'], 'evaluateTags');
  const strict = checkBoolean(options.strict ?? false, 'strict');
  if (options.scheme !== undefined && !strict) {
    throw new ArgumentError('Expected `scheme` together with `strict: true`: conlleval reads tags of any scheme.');
  }
  checkSequences(gold, 'gold');
  checkSequences(predicted, 'predicted');
  if (gold.length !== predicted.length) {
    throw new ShapeError(
      `Expected \`predicted\` to have ${gold.length} sentences to match \`gold\`, received ${predicted.length}.`,
    );
  }
  const scheme = strict ? checkOneOf(options.scheme ?? detectScheme(gold), 'scheme', SCHEMES) : undefined;
  const spansOf = (tags: readonly string[]) => tagsToSpans(tags, scheme === undefined ? {} : { strict, scheme });
  const tally = new Tally();
  let words = 0;
  let right = 0;
  gold.forEach((goldTags, s) => {
    const predictedTags = predicted[s]!;
    if (goldTags.length !== predictedTags.length) {
      throw new ShapeError(
        `Expected sentence ${s} of \`predicted\` to have ${goldTags.length} tags, received ${predictedTags.length}.`,
      );
    }
    words += goldTags.length;
    goldTags.forEach((tag, i) => {
      if (tag === predictedTags[i]) right++;
    });
    compare(tally, spansOf(goldTags), spansOf(predictedTags));
  });
  return summary(tally, words === 0 ? 0 : right / words);
}

function summary(tally: Tally, accuracy: number): EntityEvaluation {
  const { types } = tally;
  const rows = types.map((type) => tally.of(type));
  const perType = rows.map(({ correct, gold, predicted }) => scores(correct, gold, predicted));
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    ...scores(
      sum((row) => row.correct),
      sum((row) => row.gold),
      sum((row) => row.predicted),
    ),
    perType: Object.fromEntries(types.map((type, k) => [type, perType[k]!])),
    macroF1: perType.length === 0 ? 0 : perType.reduce((total, { f1 }) => total + f1, 0) / perType.length,
    accuracy,
    confusion: tally.confusion,
  };
}

/** A table of precision, recall, F1 and the number of gold entities for each type, with micro and macro averages. */
export function entityReport(evaluation: EntityEvaluation): string {
  const rows = Object.entries(evaluation.perType).map(([type, s]) => [type, s] as const);
  const width = Math.max(9, ...rows.map(([type]) => type.length));
  const line = (name: string, cells: (number | string)[]) =>
    `${name.padEnd(width)}${cells.map((c) => (typeof c === 'number' ? (100 * c).toFixed(2) : c).padStart(11)).join('')}`;
  const mean = (key: 'precision' | 'recall') =>
    rows.length === 0 ? 0 : rows.reduce((total, [, s]) => total + s[key], 0) / rows.length;
  return [
    line('', ['precision', 'recall', 'f1', 'entities']),
    ...rows.map(([type, s]) => line(type, [s.precision, s.recall, s.f1, String(s.gold)])),
    line('all', [evaluation.precision, evaluation.recall, evaluation.f1, String(evaluation.gold)]),
    line('macro avg', [mean('precision'), mean('recall'), evaluation.macroF1, String(evaluation.gold)]),
  ].join('\n');
}

/**
 * The table of `entityReport` for tag sequences: what seqeval calls classification_report. (Classes of rows have
 * `metrics.classificationReport`.)
 * @throws as `evaluateTags`
 */
export function classificationReport(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: EvaluateOptions = {},
): string {
  return entityReport(evaluateTags(gold, predicted, options));
}
