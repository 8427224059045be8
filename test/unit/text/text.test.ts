import { splitSentences, tokenize } from '../../../lib/text';

const words = (text: string) => tokenize(text).map((t) => t.text);

describe('tokenize', () => {
  test.each([
    ['Tim Cook, CEO.', ['Tim', 'Cook', ',', 'CEO', '.']],
    ["I can't, Apple's don’t we'll", ['I', 'ca', "n't", ',', 'Apple', "'s", 'do', 'n’t', 'we', "'ll"]],
    [
      'See https://example.com/a?b=c#d, (www.x.org).',
      ['See', 'https://example.com/a?b=c#d', ',', '(', 'www.x.org', ')', '.'],
    ],
    ['mail a.b+c@d-e.co.uk now', ['mail', 'a.b+c@d-e.co.uk', 'now']],
    ['$3.50 US$5 €20 10% 1,000,000', ['$', '3.50', 'US$', '5', '€', '20', '10', '%', '1,000,000']],
    ['10:30 1996-08-22 24/7 5th', ['10:30', '1996-08-22', '24/7', '5th']],
    ['U.S. Mr. J. Smith Inc. etc.', ['U.S.', 'Mr.', 'J.', 'Smith', 'Inc.', 'etc.']],
    ['well-known AT&T O’Neil', ['well-known', 'AT&T', 'O’Neil']],
    ['#tag @name wait... --', ['#tag', '@name', 'wait', '...', '--']],
    ['👩‍👩‍👧‍👦 🇩🇪 👍🏽 1️⃣', ['👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '1️⃣']],
    ['東京は Zoe\u0308 naïve', ['東', '京', 'は', 'Zoe\u0308', 'naïve']],
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
