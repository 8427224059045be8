import type { TextRange } from './tokenizer';

// Going through the segments of one long text takes time quadratic in its length in V8, so the text is read in windows.
const WINDOW = 1000;
const NO_END =
  /(?:^|[\s("'])(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|Rev|Gen|Col|Capt|Lt|Sgt|Sen|Rep|Gov|St|Mt|No|vs|e\.g|i\.e)\.\s*$/u;

const segmenters = new Map<string, Intl.Segmenter>();

function segmenter(locale: string): Intl.Segmenter {
  let found = segmenters.get(locale);
  if (found === undefined) {
    found = new Intl.Segmenter(locale, { granularity: 'sentence' });
    segmenters.set(locale, found);
  }
  return found;
}

/** Where to cut a window without a sentence's end: after its last white space, and never inside a surrogate pair. */
function cutOf(window: string): number {
  for (let k = window.length - 1; k > WINDOW / 2; k--) {
    if (/\s/.test(window[k] as string)) return k + 1;
  }
  const last = window.charCodeAt(window.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? window.length - 1 : window.length;
}

/** The ends of the sentences that begin in a window; those up to the last one are sure. */
function endsOf(window: string, locale: string): number[] {
  const ends: number[] = [];
  for (const { segment, index } of segmenter(locale).segment(window)) {
    // "Mr. " ends no sentence: the next segment belongs to it.
    if (ends.length > 0 && NO_END.test(window.slice(Math.max(0, index - 12), index))) ends.pop();
    ends.push(index + segment.length);
  }
  return ends;
}

/**
 * The sentences of a text, by `Intl.Segmenter` with the common English titles and initials kept together. Ranges follow
 * one another and cover the whole text. A sentence of more than 1,000 characters is cut at white space. Linear in the
 * text's length.
 */
export function splitSentences(text: string, locale = 'en'): TextRange[] {
  const sentences: TextRange[] = [];
  for (let at = 0; at < text.length; ) {
    const window = text.slice(at, at + WINDOW);
    const isLast = at + WINDOW >= text.length;
    const ends = endsOf(window, locale);
    if (!isLast) ends.pop(); // perhaps it goes on behind the window
    if (ends.length === 0) ends.push(cutOf(window));
    let begin = 0;
    for (const end of ends) {
      sentences.push({ start: at + begin, end: at + end });
      begin = end;
    }
    at += begin;
  }
  return sentences;
}
