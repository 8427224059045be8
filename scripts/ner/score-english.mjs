// Scores a model on a part of each corpus, on the types that the corpus annotates, with gold words:
//   HEBB_DATA=... node scripts/ner/score-english.mjs [dev|test] [model]
import { createRequire } from 'node:module';
import { CORPORA, readPart } from './corpora.mjs';

const hebb = createRequire(import.meta.url)('../../dist/index.js');
const [part = 'dev', file] = process.argv.slice(2);
const tagger = file === undefined ? hebb.NerTagger.english() : await hebb.NerTagger.load(file);
const percent = (x) => (100 * x).toFixed(1).padStart(6);
console.log(`${part.padEnd(20)}   P/O/L    PER    ORG    LOC   DATE PRODUCT`);
for (const [name, annotated] of Object.entries(CORPORA)) {
  const sentences = readPart(hebb, process.env.HEBB_DATA, name, part);
  const predicted = await tagger.tagAll(sentences.map((s) => s.tokens));
  const only = (types) => (tags) =>
    hebb.spansToTags(
      hebb.tagsToSpans(tags).filter((s) => types.includes(s.type)),
      tags.length,
    );
  const score = (types) =>
    hebb.evaluateTags(
      sentences.map((s) => only(types)(s.tags)),
      predicted.map(only(types)),
    );
  const { perType } = score(annotated);
  const cells = ['PER', 'ORG', 'LOC', 'DATE', 'PRODUCT'].map((type) =>
    perType[type] && annotated.includes(type) ? percent(perType[type].f1) : '     -',
  );
  console.log(`${name.padEnd(20)} ${percent(score(['PER', 'ORG', 'LOC']).f1)} ${cells.join(' ')}`);
}
