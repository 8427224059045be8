import { splitSentences, tokenize } from '../../../lib/text';
import { thrown } from '../../helpers/errors';

const words = (text: string) => tokenize(text).map((t) => t.text);

// A black flag and tag letters gbeng.
const ENGLAND = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}';

describe('tokenize', () => {
  test.each([
    ['Tim Cook, CEO.', ['Tim', 'Cook', ',', 'CEO', '.']],
    ["I can't, Apple's don’t we'll", ['I', 'ca', "n't", ',', 'Apple', "'s", 'do', 'n’t', 'we', "'ll"]],
    [
      'See https://example.com/a?b=c#d, (www.x.org).',
      ['See', 'https://example.com/a?b=c#d', ',', '(', 'www.x.org', ')', '.'],
    ],
    [
      'https://en.wikipedia.org/wiki/Mercury_(planet), (http://a.b/c). 见https://a.b/c。然后',
      [
        'https://en.wikipedia.org/wiki/Mercury_(planet)',
        ',',
        '(',
        'http://a.b/c',
        ')',
        '.',
        '见',
        'https://a.b/c',
        '。',
        '然',
        '后',
      ],
    ],
    ['mail a.b+c@d-e.co.uk now', ['mail', 'a.b+c@d-e.co.uk', 'now']],
    ['$3.50 US$5 €20 10% 1,000,000', ['$', '3.50', 'US$', '5', '€', '20', '10', '%', '1,000,000']],
    ['10:30 1996-08-22 24/7 5th', ['10:30', '1996-08-22', '24/7', '5th']],
    ['U.S. Mr. J. Smith Inc. etc.', ['U.S.', 'Mr.', 'J.', 'Smith', 'Inc.', 'etc.']],
    ['well-known AT&T O’Neil', ['well-known', 'AT&T', 'O’Neil']],
    ['#tag @name wait... --', ['#tag', '@name', 'wait', '...', '--']],
    ['👩‍👩‍👧‍👦 🇩🇪 👍🏽 1️⃣', ['👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '1️⃣']],
    ['東京は Zoe\u0308 naïve', ['東', '京', 'は', 'Zoe\u0308', 'naïve']],
    ['1990s 21st 100k 10:30am 10x', ['1990s', '21st', '100k', '10:30am', '10x']],
    ['€2.5bn 1980s-90s 5-10%', ['€', '2.5bn', '1980s-90s', '5-10', '%']],
    ["2020-01-02T10:00:00Z 1990's '90s", ['2020-01-02T10:00:00Z', '1990', "'s", "'", '90s']],
    ['It was 1990. 3,5.', ['It', 'was', '1990', '.', '3,5', '.']],
    [`${ENGLAND}!`, [ENGLAND, '!']],
    ['2020年 abc東京', ['2020', '年', 'abc', '東', '京']],
    ['', []],
    [' \u0000\t\n', []],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test('offsets lead back to the text, and every character but space and control is in exactly one token', () => {
    const alphabet = [
      'a',
      "'",
      's',
      '.',
      ' ',
      '$',
      '9',
      ',',
      '@',
      'http://',
      '👍',
      '\u200d',
      '\ud800',
      '\udc00',
      '\u0301',
      '東',
      '-',
      '\u0000',
      'É',
      '#',
      'n’t',
      '\ufe0f',
      '%',
      'www.',
    ];
    let seed = 1;
    const next = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: next(30) }, () => alphabet[next(alphabet.length)]).join('');
      let at = 0;
      let covered = '';
      for (const { text: token, start, end } of tokenize(text)) {
        expect(start).toBeGreaterThanOrEqual(at);
        expect(token).toBe(text.slice(start, end));
        expect(token.length).toBeGreaterThan(0);
        expect(text.slice(at, start)).toMatch(/^[\s\p{Cc}]*$/u);
        covered += token;
        at = end;
      }
      expect(text.slice(at)).toMatch(/^[\s\p{Cc}]*$/u);
      expect(covered).toBe(text.replace(/[\s\p{Cc}]/gu, ''));
    }
  });
});

test('a part of a text is read by its offsets, which are checked', () => {
  expect(tokenize('one two three', { start: 4, end: 7 })).toEqual([{ text: 'two', start: 4, end: 7 }]);
  expect(tokenize('one', { start: 3, end: 3 })).toEqual([]);
  for (const range of [
    { start: -1, end: 2 },
    { start: 2, end: 1 },
    { start: 0, end: 14 },
    { start: 0.5, end: 2 },
    { start: 0, end: undefined as never },
  ]) {
    expect(thrown(() => tokenize('one two three', range))).toMatchObject({
      name: 'ArgumentError',
      message: expect.stringMatching(/`range` to be \{ start, end \} within the text's 13 UTF-16 units, received/),
    });
  }
  expect(thrown(() => tokenize(5 as never)).message).toBe('Expected `text` to be a string, received 5.');
});

describe('splitSentences', () => {
  const sentences = (text: string) => splitSentences(text).map(({ start, end }) => text.slice(start, end));

  test('keeps titles and initials together', () => {
    expect(sentences('Mr. Smith met Dr. J. Jones. He left. New\nline')).toEqual([
      'Mr. Smith met Dr. J. Jones. ',
      'He left. ',
      'New\n',
      'line',
    ]);
  });

  test.each([
    'J.K. Rowling wrote it.| J.R.R. Tolkien did not.',
    'The U.S. Senate met.| He left the U.S.| The next day came.',
    'Apple Inc. CEO Tim Cook spoke.| Yahoo! Inc. listened.| It was bought by Acme Corp.| They paid.',
    'Martin Luther King Jr. Thursday spoke at 5 p.m. Tuesday.| It ended at 9 p.m.| The hall was full.',
    'See http://x.org/?q=1&r=Yes!No for more.| Or www.y.org/a?b.| Maybe not.',
    'Washington, D.C. Mayor Bowser met St. Louis fans.| So do I.| Tomorrow is fine.',
    'It is No. 5, see p. 12.| "What?" he asked.| "No!"| She left.',
    'He chose plan B.| The end.| It cost Rs. 500 on Jan. 5 there.',
    '今日は。|明日は！|はい。',
    'A line of text that was wrapped by its writer ends with New\nYork and goes on.\n|Short\n|line',
  ])('%j', (marked) => {
    const parts = marked.split('|');
    expect(sentences(parts.join('')).map((sentence) => sentence.trim())).toEqual(parts.map((part) => part.trim()));
  });

  test('cuts long sentences between words of a name never, where it can', () => {
    const text = 'then Alice Smith of New York City said so and '.repeat(100);
    const found = sentences(text);
    expect(found.join('')).toBe(text);
    for (const sentence of found) expect(sentence).toMatch(/(?:said|so|and|then) $/);
  });

  test('refuses what is no text and no language', () => {
    expect(thrown(() => splitSentences(null as never))).toMatchObject({ name: 'ArgumentError' });
    expect(thrown(() => splitSentences('a', 'not a tag')).message).toMatch(/`locale` to be a language tag/);
  });

  test.each([
    '',
    'x',
    '. '.repeat(3000),
    'word '.repeat(3000),
    'Mr. '.repeat(3000),
    'x'.repeat(5000),
    '😀'.repeat(3000),
    '\ud800'.repeat(3000),
    'One. Two three four. '.repeat(300),
  ])('covers the text %#', (text) => {
    expect(sentences(text).join('')).toBe(text);
    for (const { start, end } of splitSentences(text)) expect(end).toBeGreaterThan(start);
  });

  test('finds the same sentences in long texts as in short ones', () => {
    const one = 'The first sentence is here. A second one follows! Is there a third? ';
    expect(sentences(one.repeat(50))).toEqual(Array.from({ length: 50 }, () => sentences(one)).flat());
  });
});
