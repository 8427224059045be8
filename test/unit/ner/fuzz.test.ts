import { findRuleEntities, NerTagger, Philox, splitSentences, tokenize } from '../../../lib';

// Pieces that parsers of text trip over, put together at random.
const PIECES = [
  ...[
    'Tim Cook',
    'Apple',
    'U.S.',
    'Mr.',
    'the',
    'May',
    'June',
    '5',
    '2011',
    '1,00,000',
    '12.3%',
    '$',
    '€',
    'Rs',
    'NT$',
  ],
  ...[
    'million',
    'bn',
    'half',
    '-',
    '--',
    '–',
    '/',
    '.',
    '...',
    '?',
    '!',
    ',',
    ';',
    ':',
    "'",
    '’',
    '"',
    '(',
    ')',
    '#',
    '@',
  ],
  ...[
    'http://a.b/?c=d',
    'a@b.co',
    'www.',
    '10:30am',
    '1990s',
    "isn't",
    'per cent',
    'percent',
    'between',
    'and',
    'from',
    'to',
  ],
  ...[
    '\n',
    '\r\n',
    '\t',
    '\u0000',
    '\u001b[31m',
    '\u00a0',
    '\u200d',
    '\u202e',
    '\ufeff',
    '\ud83d',
    '\udc69',
    'e\u0301\u0301',
  ],
  ...[
    '👩‍👩‍👧',
    '🇩🇪',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '東京',
    'ภาษาไทย',
    'العربية',
    'ß',
    'İ',
    'ﬁ',
    '٣',
    '１２',
    '½',
    '99999999999999999999',
    '1e400',
    '-0',
  ],
];

/** `count` texts of up to 60 pieces, joined by a space or nothing. */
function* texts(count: number): Generator<string> {
  const random = new Philox(11);
  let drawn = 0;
  for (let t = 0; t < count; t++) {
    let text = '';
    const pieces = 1 + random.below(drawn++, 60);
    for (let p = 0; p < pieces; p++) {
      text += PIECES[random.below(drawn++, PIECES.length)] + (random.below(drawn++, 3) > 0 ? ' ' : '');
    }
    yield text;
  }
}

interface Range {
  start: number;
  end: number;
  text?: string;
}

/** Ranges lie in the text, in order and apart, and say what is there. */
function check(text: string, ranges: readonly Range[]): void {
  let before = 0;
  for (const range of ranges) {
    if (
      range.start < before ||
      range.end <= range.start ||
      (range.text ?? text.slice(range.start, range.end)) !== text.slice(range.start, range.end)
    ) {
      throw new Error(`${JSON.stringify(range)} in ${JSON.stringify(text)}`);
    }
    before = range.end;
  }
  if (before > text.length) throw new Error(`beyond the end of ${JSON.stringify(text)}`);
}

test('texts of hostile pieces give spans that lie in them', () => {
  const english = NerTagger.english();
  let found = 0;
  for (const text of texts(3000)) {
    check(text, tokenize(text));
    check(text, splitSentences(text));
    for (const entities of [findRuleEntities(text), english.extractEntities(text)]) {
      check(text, entities);
      found += entities.length;
      for (const { value } of entities) {
        if (value?.kind === 'money') expect(Number.isFinite(value.amount)).toBe(true);
        if (value?.kind === 'date' && value.iso) expect(value.iso).toMatch(/^[-\d]/);
      }
    }
  }
  expect(found).toBeGreaterThan(3000);
});
