// Scores a model on our own plain sentences, from raw text with the rules: F1 by type, and the sentences that it gets
// wrong. Neither set was trained on; the settings were chosen with the first, the second was written before and decided
// nothing.
//   node scripts/ner/score-sentences.mjs [model] [--wrong] [--json]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const hebb = createRequire(import.meta.url)('../../dist/index.js');
const GOLDEN = path.resolve(import.meta.dirname, '../../test/golden');
const FILES = ['ner-sentences.txt', 'ner-sentences-2.txt'];

/** "[Tim Cook|PER] spoke" as its text and its entities, each "start words LABEL". */
export function readMarked(line) {
  const gold = [];
  let text = '';
  let at = 0;
  for (const match of line.matchAll(/\[([^|\]]+)\|([A-Z]+)\]/g)) {
    text += line.slice(at, match.index);
    gold.push(`${text.length} ${match[1]} ${match[2]}`);
    text += match[1];
    at = match.index + match[0].length;
  }
  return { text: text + line.slice(at), gold };
}

/** F1 in percent by type and of all, the number of whole sentences, and the others as "gold -> found". */
export function scoreSentences(tagger, file) {
  const counts = new Map();
  const add = (entity, part) => {
    for (const key of [entity.split(' ').at(-1), 'all']) {
      const row = counts.get(key) ?? { correct: 0, gold: 0, found: 0 };
      counts.set(key, row);
      row[part]++;
    }
  };
  const wrong = [];
  const lines = readFileSync(path.join(GOLDEN, file), 'utf8').trim().split('\n');
  for (const line of lines) {
    const { text, gold } = readMarked(line);
    const found = tagger.extractEntities(text).map((e) => `${e.start} ${e.text} ${e.label}`);
    for (const entity of gold) add(entity, 'gold');
    for (const entity of found) {
      add(entity, 'found');
      if (gold.includes(entity)) add(entity, 'correct');
    }
    const show = (list) =>
      list.filter((e) => !gold.includes(e) || !found.includes(e)).map((e) => e.replace(/^\d+ /, ''));
    if (found.join() !== gold.join())
      wrong.push(`${text}\n    ${show(gold).join(', ') || '-'}  ->  ${show(found).join(', ') || '-'}`);
  }
  const f1 = Object.fromEntries(
    [...counts].sort().map(([key, { correct, gold, found }]) => [key, (200 * correct) / Math.max(1, gold + found)]),
  );
  return { f1, whole: lines.length - wrong.length, lines: lines.length, wrong };
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { wrong: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const tagger = positionals[0] === undefined ? hebb.NerTagger.english() : await hebb.NerTagger.load(positionals[0]);
  for (const file of FILES) {
    const score = scoreSentences(tagger, file);
    if (values.json) {
      console.log(JSON.stringify({ file, ...score }));
      continue;
    }
    const { f1, whole, lines, wrong } = score;
    const cells = Object.entries(f1).map(([key, value]) => `${key} ${value.toFixed(1)}`);
    console.log(`${file}: F1 ${cells.join(', ')}; ${whole} of ${lines} sentences whole`);
    if (values.wrong) for (const sentence of wrong) console.log(`  ${sentence}`);
  }
}
