import { ShapeError } from '../errors';
import { tagsToSpans, type WordSpan } from './scheme';

export interface EntityScores {
  /** Of 1; 0 when nothing was predicted (or is there). */
  precision: number;
  recall: number;
  f1: number;
  /** Entities in the gold tags, and among the predictions. */
  gold: number;
  predicted: number;
  correct: number;
}

export interface EntityEvaluation extends EntityScores {
  perType: Record<string, EntityScores>;
  /** Mean F1 of the types. */
  macroF1: number;
  /** Share of words with the right tag. */
  accuracy: number;
  /** Of gold entities found with the right bounds, the type that was predicted: confusion[gold][predicted]. */
  confusion: Record<string, Record<string, number>>;
}

function scores(correct: number, gold: number, predicted: number): EntityScores {
  const precision = predicted === 0 ? 0 : correct / predicted;
  const recall = gold === 0 ? 0 : correct / gold;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1, gold, predicted, correct };
}

const place = (span: WordSpan) => span.start * 0x4000000 + span.end;

/**
 * Precision, recall and F1 over entities: one counts when bounds and type are right.
 *
 * By default as conlleval (Tjong Kim Sang, Buchholz 2000): a word that continues nothing begins an entity. With `strict`
 * only well-formed sequences count as entities (as seqeval's strict mode).
 * @throws ShapeError when a sentence's tags differ in number
 */
export function evaluateTags(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: { strict?: boolean } = {},
): EntityEvaluation {
  if (gold.length !== predicted.length) {
    throw new ShapeError(
      `Expected \`predicted\` to have ${gold.length} sentences to match \`gold\`, received ${predicted.length}.`,
    );
  }
  const counts = new Map<string, [correct: number, gold: number, predicted: number]>();
  const countOf = (type: string) => {
    const found = counts.get(type) ?? [0, 0, 0];
    counts.set(type, found);
    return found;
  };
  const confusion: Record<string, Record<string, number>> = {};
  let words = 0;
  let right = 0;
  gold.forEach((goldTags, s) => {
    const predictedTags = predicted[s] as readonly string[];
    if (goldTags.length !== predictedTags.length) {
      throw new ShapeError(
        `Expected sentence ${s} of \`predicted\` to have ${goldTags.length} tags, received ${predictedTags.length}.`,
      );
    }
    words += goldTags.length;
    goldTags.forEach((tag, i) => {
      if (tag === predictedTags[i]) right++;
    });
    const found = new Map(tagsToSpans(predictedTags, options).map((span) => [place(span), span.type]));
    for (const type of found.values()) countOf(type)[2]++;
    for (const span of tagsToSpans(goldTags, options)) {
      countOf(span.type)[1]++;
      const type = found.get(place(span));
      if (type === undefined) continue;
      if (type === span.type) countOf(type)[0]++;
      confusion[span.type] ??= {};
      const row = confusion[span.type] as Record<string, number>;
      row[type] = (row[type] ?? 0) + 1;
    }
  });
  const types = [...counts.keys()].sort();
  const perType = Object.fromEntries(types.map((type) => [type, scores(...countOf(type))]));
  const sum = (k: 0 | 1 | 2) => types.reduce((total, type) => total + countOf(type)[k], 0);
  return {
    ...scores(sum(0), sum(1), sum(2)),
    perType,
    macroF1:
      types.length === 0
        ? 0
        : types.reduce((total, type) => total + (perType[type] as EntityScores).f1, 0) / types.length,
    accuracy: words === 0 ? 0 : right / words,
    confusion,
  };
}

/** A table of precision, recall, F1 and support for each type, with micro and macro averages. */
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
