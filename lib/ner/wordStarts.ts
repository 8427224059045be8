/** The places of a text where a word, a number or a quotation mark begins, by how it begins. */
export class WordStarts {
  readonly #byKey = new Map<number, number[]>();
  readonly #merged = new Map<readonly string[], readonly number[]>();

  /** One pass. What follows a letter or digit of ASCII begins nothing; letters beyond ASCII have no key. */
  constructor(text: string) {
    let inside = false;
    for (let i = 0; i < text.length; i++) {
      const kind = kindAt(text, i);
      if (!inside && kind !== OTHER) {
        const key = kind === LETTER ? wordKey(text, i) : kind;
        const places = this.#byKey.get(key);
        if (places === undefined) this.#byKey.set(key, [i]);
        else places.push(i);
      }
      inside = kind === LETTER || kind === DIGIT;
    }
  }

  /**
   * The places where one of `keys` begins, in order. A key is the first three letters of a word in lower case (all of them
   * if fewer stand together: "of", "q" of "Q4"), "0" for any digit, "'" for ', ‘ and ’.
   */
  of(keys: readonly string[]): readonly number[] {
    let places = this.#merged.get(keys);
    if (places === undefined) {
      places = keys.flatMap((key) => this.#byKey.get(keyOf(key)) ?? []).sort((a, b) => a - b);
      this.#merged.set(keys, places);
    }
    return places;
  }
}

const OTHER = 0;
const LETTER = 1;
// The keys of digits and quotation marks: above those of three letters, five bits each.
const DIGIT = 1 << 15;
const QUOTE = DIGIT + 1;
const KINDS = Int32Array.from({ length: 128 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return /[A-Za-z]/.test(char) ? LETTER : /[0-9]/.test(char) ? DIGIT : char === "'" ? QUOTE : OTHER;
});

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 128 ? KINDS[unit]! : unit === 0x2018 || unit === 0x2019 ? QUOTE : OTHER;
}

function wordKey(text: string, at: number): number {
  let key = 0;
  for (let i = at; i < at + 3 && i < text.length && kindAt(text, i) === LETTER; i++) {
    key = (key << 5) | (text.charCodeAt(i) & 31);
  }
  return key;
}

const keyOf = (key: string): number => (kindAt(key, 0) === LETTER ? wordKey(key, 0) : kindAt(key, 0));
