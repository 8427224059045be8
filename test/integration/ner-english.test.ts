import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NerTagger } from '../../lib/ner';

// Measured 97.4 when the model was made.
const FLOOR = 95.5;

// Plain sentences of our own over all types, entities as [text|LABEL]. None of them was trained on; the model's
// settings were chosen with them (not with those of ner-sentences-2.txt).
const sentences = readFileSync(path.join(__dirname, '../golden/ner-sentences.txt'), 'utf8').trim().split('\n');

function parse(line: string): { text: string; gold: string[] } {
  const gold: string[] = [];
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

test('the bundled model on a hundred plain sentences', () => {
  expect(sentences).toHaveLength(100);
  const counts = new Map<string, [correct: number, gold: number, found: number]>();
  const count = (label: string, k: 0 | 1 | 2) => {
    for (const key of [label, 'all']) {
      const row = counts.get(key) ?? [0, 0, 0];
      row[k]++;
      counts.set(key, row);
    }
  };
  const wrong: string[] = [];
  for (const line of sentences) {
    const { text, gold } = parse(line);
    const entities = NerTagger.english().extractEntities(text);
    const found = entities.map((e) => `${e.start} ${e.text} ${e.label}`);
    for (const g of gold) count(g.split(' ').at(-1) as string, 1);
    for (const f of found) {
      count(f.split(' ').at(-1) as string, 2);
      if (gold.includes(f)) count(f.split(' ').at(-1) as string, 0);
    }
    if (found.join() !== gold.join())
      wrong.push(`${line}  ->  ${entities.map((e) => `${e.text}|${e.label}`).join(', ')}`);
  }
  const f1 = (key: string) => {
    const [correct, gold, found] = counts.get(key) ?? [0, 0, 0];
    return (200 * correct) / Math.max(1, gold + found);
  };
  const rows = [...counts.keys()]
    .sort()
    .map((key) => `${key.padEnd(8)} F1 ${f1(key).toFixed(1)} of ${counts.get(key)?.[1]}`);
  console.log(`${rows.join('\n')}\n${100 - wrong.length} of 100 sentences whole; the others:\n${wrong.join('\n')}`);
  expect(
    NerTagger.english()
      .extractEntities(parse(sentences[0] as string).text)
      .map((e) => [e.text, e.label]),
  ).toEqual([
    ['Apple', 'ORG'],
    ['Tim Cook', 'PER'],
    ['iPhone', 'PRODUCT'],
    ['Cupertino', 'LOC'],
  ]);
  expect(f1('all')).toBeGreaterThan(FLOOR);
});
