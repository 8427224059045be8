import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { ArgumentError, DataError } from '../errors';
import { writeFileAtomic } from '../io';
import { checkKeys, show } from '../validate';
import { parseTag, UNKNOWN_TAG } from './scheme';

/** A sentence with one tag a word. */
export interface TaggedSentence {
  tokens: string[];
  /** In any scheme; `'?'` is a word of which nothing is known (training only). */
  tags: string[];
  /** The caller's own features of each word (training and tagging). */
  features?: string[][];
  /** The types that this sentence's source annotates, when not all: elsewhere `O` says nothing of other types. */
  annotates?: string[];
}

export interface ConllOptions {
  /** The column of the words, from 0. */
  tokenColumn?: number;
  /** The column of the tags; negative from the right. Default: the last. */
  tagColumn?: number;
  /** What to call the text in messages, e.g. the file. */
  source?: string;
}

/**
 * Reads CoNLL columns: one word a line, columns separated by a tab or blanks, a blank line after each sentence. The
 * word is in the first column, the tag in the last (2 columns: word tag; 4: word, part of speech, chunk, tag).
 * `-DOCSTART-` lines and comments (`# ` lines, `#` and nothing else on it) are left out.
 * @throws DataError naming the line when a line has too few columns, another number than the lines before, or no tag
 */
export function parseConll(text: string, options: ConllOptions = {}): TaggedSentence[] {
  checkKeys(options, ['tokenColumn', 'tagColumn', 'source'], 'parseConll');
  const { tokenColumn = 0, tagColumn = -1, source = 'the CoNLL text' } = options;
  const sentences: TaggedSentence[] = [];
  let sentence: TaggedSentence = { tokens: [], tags: [] };
  let columns = 0;
  const finish = () => {
    if (sentence.tokens.length > 0) sentences.push(sentence);
    sentence = { tokens: [], tags: [] };
  };
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (let n = 0; n < lines.length; n++) {
    const raw = lines[n] as string;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '') {
      finish();
      continue;
    }
    if (/^#( |$)/.test(line) && sentence.tokens.length === 0 && !/^#[ \t]+[OBIES](-\S+)?$/.test(line)) continue;
    const cells = line.includes('\t') ? line.split('\t') : line.trim().split(/ +/);
    if (cells[0] === '-DOCSTART-') {
      finish();
      continue;
    }
    const where = `line ${n + 1} of ${source}`;
    if (cells.length < 2) {
      throw new DataError(`Expected ${where} to have a word and a tag, received ${show(line)}.`);
    }
    if (columns === 0) columns = cells.length;
    if (cells.length !== columns) {
      throw new DataError(`Expected ${where} to have ${columns} columns as before, received ${cells.length}.`);
    }
    const token = cells[tokenColumn];
    const tag = cells.at(tagColumn);
    if (token === undefined || tag === undefined) {
      throw new ArgumentError(`Expected \`tokenColumn\` and \`tagColumn\` to be among ${columns} columns.`);
    }
    if (token === '') throw new DataError(`Expected ${where} to begin with a word, received an empty column.`);
    try {
      if (tag !== UNKNOWN_TAG) parseTag(tag);
    } catch (cause) {
      throw new DataError(`Expected ${where} to end with a tag such as 'O' or 'B-PER', received ${show(tag)}.`, {
        cause,
      });
    }
    sentence.tokens.push(token);
    sentence.tags.push(tag);
  }
  finish();
  return sentences;
}

/** Reads a CoNLL file, gzip or plain. See parseConll. */
export async function readConll(file: string, options: ConllOptions = {}): Promise<TaggedSentence[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (cause) {
    throw new DataError(`Could not read ${file}: ${(cause as Error).message}.`, { cause });
  }
  return parseConll(bytes.toString('utf8'), { source: file, ...options });
}

/** Writes word TAB tag lines with a blank line after each sentence. */
export function formatConll(sentences: readonly TaggedSentence[]): string {
  const lines: string[] = [];
  sentences.forEach(({ tokens, tags }, s) => {
    checkSentence(tokens, tags, s);
    tokens.forEach((token, i) => {
      if (/[\t\n\r]/.test(token) || token.trim() === '') {
        throw new DataError(`Expected words without tabs or line ends, sentence ${s} has ${show(token)}.`);
      }
      lines.push(`${token}\t${tags[i]}`);
    });
    lines.push('');
  });
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Writes a CoNLL file, beside and renamed. */
export async function writeConll(file: string, sentences: readonly TaggedSentence[]): Promise<void> {
  await writeFileAtomic(file, [new TextEncoder().encode(formatConll(sentences))]);
}

/** Refuses a sentence whose words and tags differ in number. */
export function checkSentence(tokens: unknown, tags: unknown, s: number): void {
  if (!Array.isArray(tokens) || !Array.isArray(tags)) {
    throw new DataError(
      `Expected sentence ${s} to be { tokens: string[], tags: string[] }, received ${show(tokens)} and ${show(tags)}.`,
    );
  }
  if (tokens.length !== tags.length) {
    throw new DataError(
      `Expected sentence ${s} to have a tag for each of its ${tokens.length} words, received ${tags.length}.`,
    );
  }
}
