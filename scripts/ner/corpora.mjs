// The annotated corpora and name lists under HEBB_DATA, as the bundled model uses them: one set of types, and for each
// corpus the types that it annotates.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const MAP = {
  PER: ['PER', 'person', 'Person', 'researcher', 'writer', 'musicalartist', 'politician', 'scientist'],
  ORG: [
    'ORG',
    'corporation',
    'group',
    'company',
    'Organisation',
    'organisation',
    'university',
    'politicalparty',
    'band',
  ],
  LOC: ['LOC', 'location', 'Location', 'country'],
  DATE: ['DATE', 'Temporal'],
  PRODUCT: ['product'],
};
const TYPE_OF = Object.fromEntries(Object.entries(MAP).flatMap(([type, names]) => names.map((name) => [name, type])));
const COMMON = ['PER', 'ORG', 'LOC'];

// In WNUT17, music and politics "product" means other things, or is not annotated throughout.
export const CORPORA = {
  btc: COMMON,
  gum_perm: [...COMMON, 'DATE'],
  wikigold: COMMON,
  wnut17: [...COMMON, 'PRODUCT'],
  sec_filings: COMMON,
  re3d_perm: [...COMMON, 'DATE'],
  crossner_ai: [...COMMON, 'PRODUCT'],
  crossner_politics: COMMON,
  crossner_science: COMMON,
  crossner_music: COMMON,
  crossner_literature: COMMON,
};

/** Renames types; what is left over becomes O. Strict BIO in, strict BIO out. */
function mapTags(tags, annotated) {
  let before;
  return tags.map((tag) => {
    const type = tag === 'O' ? undefined : TYPE_OF[tag.slice(2)];
    const kept = type !== undefined && annotated.includes(type);
    const begins = tag[0] === 'B' || before !== type;
    before = kept ? type : undefined;
    return kept ? `${begins ? 'B' : 'I'}-${type}` : 'O';
  });
}

// What every expression of a date holds at least one of: where a corpus does not annotate dates, a sentence without any
// of these has none all the same.
const DATE_WORD =
  /\p{Nd}|^(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:\.|[a-z]*)$|day|week|month|year|decade|centur|season|spring|summer|autumn|fall|winter|night|morning|evening|noon|today|tomorrow|yesterday|age|era|hour|minute|second|ago|christmas|easter|eve$|time|date|period|war|quarter|term|moment|recent|last|next|early|late|mid/iu;

function annotatedTypes(tokens, annotates) {
  if (annotates.includes('DATE') || tokens.some((token) => DATE_WORD.test(token))) return annotates;
  return [...annotates, 'DATE'];
}

export function readPart(hebb, folder, name, part, { mapped = true } = {}) {
  const file = path.join(folder, 'ner', name, `${part}.conll.gz`);
  const sentences = hebb.parseConll(gunzipSync(readFileSync(file)).toString('utf8'), { source: file });
  if (!mapped) return sentences;
  const annotates = CORPORA[name];
  return sentences.map(({ tokens, tags }) => ({
    tokens,
    tags: mapTags(tags, annotates),
    annotates: annotatedTypes(tokens, annotates),
  }));
}

/** The name lists, in the order of their files' names. */
export function readGazetteers(folder) {
  const where = path.join(folder, 'gazetteers');
  const files = readdirSync(where)
    .filter((file) => file.endsWith('.txt.gz'))
    .sort();
  return Object.fromEntries(
    files.map((file) => [
      file.slice(0, -'.txt.gz'.length),
      gunzipSync(readFileSync(path.join(where, file)))
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== ''),
    ]),
  );
}
