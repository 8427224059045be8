// Scores a model on a part of each corpus, on the types that the corpus annotates, with gold words:
//   HEBB_DATA=... node scripts/ner/score-english.mjs [dev|test] [model]
// A corpus is taken for one document, as extractEntities takes a text.
// PER+ORG+LOC, PER, ORG, LOC, DATE and PRODUCT are the learned tags alone; +rules is DATE with the rules merged in, as
// extractEntities gives it (on GUM without relative dates, which it does not annotate).
// MONEY, which no model here learns, is scored on all parts of the one corpus that annotates it, and on the amounts of all
// test parts as we marked them ourselves (money-places.json: sentence, first word, word behind the last).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CORPORA, readPart } from './corpora.mjs';

const require = createRequire(import.meta.url);
const hebb = require('../../dist/index.js');
const { mergeRuleTags } = require('../../dist/ner/running.js');
const [part = 'dev', file] = process.argv.slice(2);
const folder = process.env.HEBB_DATA;
const tagger = file === undefined ? hebb.NerTagger.english() : await hebb.NerTagger.load(file);
const percent = (x) => (100 * x).toFixed(1).padStart(6);

/** Only some types, perhaps under another name. */
const only =
  (types, rename = (type) => type) =>
  (tags) =>
    hebb.spansToTags(
      hebb
        .tagsToSpans(tags)
        .map((span) => ({ ...span, type: rename(span.type) }))
        .filter((span) => types.includes(span.type)),
      tags.length,
    );
const FROM_NOW = /^(?:today|yesterday|tomorrow|tonight|last|next|this|past|following)\b/i;
/** GUM has no relative dates: what it calls one holds a digit or a proper noun. */
const isGumDate = (words) => /\p{Nd}/u.test(words) || (/\p{Lu}/u.test(words) && !FROM_NOW.test(words));
const asAnnotated = (name, tokens, tags) => {
  const spans = hebb.tagsToSpans(tags).filter(({ start, end, type }) => {
    return name !== 'gum_perm' || type !== 'DATE' || isGumDate(tokens.slice(start, end).join(' '));
  });
  return hebb.spansToTags(spans, tags.length);
};
const f1 = (types, gold, predicted, rename) => {
  const score = hebb.evaluateTags(gold.map(only(types, rename)), predicted.map(only(types)));
  return score.gold === 0 ? '     -' : percent(score.f1);
};

console.log(`${part.padEnd(20)}   P/O/L    PER    ORG    LOC PRODUCT   DATE +rules`);
for (const [name, annotated] of Object.entries(CORPORA)) {
  const sentences = readPart(hebb, folder, name, part);
  const gold = sentences.map((s) => s.tags);
  const predicted = await tagger.tagAll(
    sentences.map((s) => s.tokens),
    { documents: true },
  );
  const merged = sentences.map(({ tokens }, s) => mergeRuleTags(tokens, predicted[s]));
  const cells = ['PER', 'ORG', 'LOC', 'PRODUCT', 'DATE'].map((type) =>
    annotated.includes(type) ? f1([type], gold, predicted) : '     -',
  );
  const held = sentences.map(({ tokens }, s) => asAnnotated(name, tokens, merged[s]));
  const dates = annotated.includes('DATE') ? f1(['DATE'], gold, held) : '     -';
  console.log(`${name.padEnd(20)} ${f1(['PER', 'ORG', 'LOC'], gold, predicted)} ${cells.join(' ')} ${dates}`);
}
const all = ['train', 'dev', 'test'].flatMap((of) => readPart(hebb, folder, 're3d_perm', of, { mapped: false }));
const byRules = (tokens) =>
  mergeRuleTags(
    tokens,
    tokens.map(() => 'O'),
  );
const found = all.map(({ tokens }) => byRules(tokens));
const renamed = all.map(({ tags }) => tags.map((tag) => tag.replace('Money', 'MONEY')));
const { gold: count, precision, recall } = hebb.evaluateTags(renamed.map(only(['MONEY'])), found.map(only(['MONEY'])));
console.log(
  `re3d_perm, MONEY by the rules alone: F1 ${f1(['MONEY'], renamed, found)}, precision ${percent(precision)}, recall ${percent(recall)}, ${count} entities`,
);

const places = JSON.parse(readFileSync(path.join(import.meta.dirname, 'money-places.json'), 'utf8'));
const [marked, answers] = [[], []];
for (const name of Object.keys(CORPORA)) {
  readPart(hebb, folder, name, 'test', { mapped: false }).forEach(({ tokens }, s) => {
    const spans = (places[name] ?? [])
      .filter(([at]) => at === s)
      .map(([, start, end]) => ({ start, end, type: 'MONEY' }));
    marked.push(hebb.spansToTags(spans, tokens.length));
    answers.push(byRules(tokens));
  });
}
const own = hebb.evaluateTags(marked, answers.map(only(['MONEY'])));
console.log(
  `amounts that we marked in all test parts, by the rules alone: F1 ${percent(own.f1)}, precision ${percent(own.precision)}, recall ${percent(own.recall)}, ${own.gold} entities`,
);
