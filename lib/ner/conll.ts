import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { ArgumentError, DataError } from '../errors';
import { fileError, writeFileAtomic } from '../io';
import { checkInteger, checkKeys, checkOneOf, show } from '../validate';
import { parseTag, UNKNOWN_TAG } from './scheme';
import { checkSentence, type TaggedSentence } from './sentence';

export interface ConllOptions {
  /** The column of the words, from 0; negative from the right. Default 0. */
  tokenColumn?: number;
  /** The column of the tags; negative from the right. Default: the last. */
  tagColumn?: number;
  /** What to call the text in messages, e.g. the file. */
  source?: string;
}

export interface ConllFormat {
  /** 2: word and tag; 4: also the two columns between (CoNLL-2003). Default: as many as the sentences have. */
  columns?: 2 | 4;
  /** Between columns; default a tab. */
  separator?: '\t' | ' ';
}

const DOCUMENT = '-DOCSTART-';

const isTag = (cell: string | undefined): boolean => {
  if (cell === undefined || cell === UNKNOWN_TAG) return cell !== undefined;
  try {
    parseTag(cell);
    return true;
  } catch {
    return false;
  }
};
const cellsOf = (line: string): string[] => (line.includes('\t') ? line.split('\t') : line.trim().split(/ +/));

/** Reads lines one by one; `columns` is 0 until the first of them tells. */
class ConllReader {
  readonly sentences: TaggedSentence[] = [];
  #rows: { token: string; tag: string; others: string[] }[] = [];
  #document: number | undefined;

  constructor(
    readonly source: string,
    readonly tokenColumn: number,
    readonly tagColumn: number,
    public columns: number,
  ) {}

  /** Ends a sentence. */
  finish(): void {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.sentences.push({
      tokens: rows.map(({ token }) => token),
      tags: rows.map(({ tag }) => tag),
      ...(this.columns > 2 ? { columns: rows.map(({ others }) => others) } : {}),
      ...(this.#document === undefined ? {} : { document: this.#document }),
    });
    this.#rows = [];
  }

  line(line: string, n: number): void {
    if (line.trim() === '') {
      this.finish();
      return;
    }
    const cells = cellsOf(line);
    const isFirst = this.#rows.length === 0;
    if (isFirst && cells[0] === DOCUMENT) {
      this.#document = this.#document === undefined ? 0 : this.#document + 1;
      return;
    }
    // "# text = ..." is a comment, "# O" a word in a file of two columns.
    const isData = isTag(cells.at(this.tagColumn)) && (this.columns === 0 || cells.length === this.columns);
    if (isFirst && /^#(?:\s|$)/.test(line) && !isData) return;
    this.#rows.push(this.#row(cells, line, `line ${n + 1} of ${this.source}`));
  }

  #row(cells: string[], line: string, where: string): { token: string; tag: string; others: string[] } {
    if (cells.length < 2) {
      throw new DataError(`Expected ${where} to have a word and a tag, received ${show(line)}.`);
    }
    if (this.columns === 0) this.columns = cells.length;
    if (cells.length !== this.columns) {
      throw new DataError(`Expected ${where} to have ${this.columns} columns as before, received ${cells.length}.`);
    }
    const token = cells.at(this.tokenColumn);
    const tag = cells.at(this.tagColumn);
    if (token === undefined || tag === undefined) {
      throw new ArgumentError(`Expected \`tokenColumn\` and \`tagColumn\` to be among ${this.columns} columns.`);
    }
    if (token === '') throw new DataError(`Expected ${where} to begin with a word, received an empty column.`);
    if (!isTag(tag)) {
      throw new DataError(`Expected ${where} to end with a tag such as 'O' or 'B-PER', received ${show(tag)}.`);
    }
    const at = (column: number) => (column < 0 ? column + cells.length : column);
    const others = cells.filter((_, c) => c !== at(this.tokenColumn) && c !== at(this.tagColumn));
    return { token, tag, others };
  }
}

/** The number of columns: that of the first line which is neither blank nor a comment nor the begin of a document. */
function columnsOf(lines: readonly string[]): number {
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#') && !line.startsWith(DOCUMENT));
  return first === undefined ? 0 : cellsOf(first).length;
}

/**
 * Reads CoNLL columns: one word a line, columns separated by a tab or blanks, a blank line after each sentence. The
 * word is in the first column, the tag in the last (2 columns: word tag; 4: word, part of speech, chunk, tag); the
 * others are kept in `columns`. A line `-DOCSTART-` in front of a sentence begins a document: its sentences have its
 * number in `document`. Comments in front of a sentence ("# text = ...", which has no tag) are left out.
 * @throws DataError naming the line when a line has too few columns, another number than the lines before, or no tag
 * @throws ArgumentError when `text` is no string, for unknown options and columns that are not there
 */
export function parseConll(text: string, options: ConllOptions = {}): TaggedSentence[] {
  checkKeys(options, ['tokenColumn', 'tagColumn', 'source'], 'parseConll');
  if (typeof text !== 'string') throw new ArgumentError(`Expected \`text\` to be a string, received ${show(text)}.`);
  const { source = 'the CoNLL text' } = options;
  const tokenColumn = checkInteger(options.tokenColumn ?? 0, 'tokenColumn');
  const tagColumn = checkInteger(options.tagColumn ?? -1, 'tagColumn');
  // Files of old Macs end their lines with a carriage return alone.
  const lines = text.replace(/^\uFEFF/, '').split(text.includes('\n') ? /\r?\n/ : '\r');
  const reader = new ConllReader(source, tokenColumn, tagColumn, columnsOf(lines));
  lines.forEach((line, n) => {
    reader.line(line, n);
  });
  reader.finish();
  return reader.sentences;
}

/** Reads a CoNLL file, gzip or plain. See parseConll. */
export async function readConll(file: string, options: ConllOptions = {}): Promise<TaggedSentence[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (cause) {
    throw fileError('read', file, cause);
  }
  return parseConll(bytes.toString('utf8'), { source: file, ...options });
}

/** Refuses what a reader would take for something else. */
function checkCell(cell: unknown, separator: string, where: string): asserts cell is string {
  if (
    typeof cell !== 'string' ||
    cell.trim() === '' ||
    /[\t\n\r]/.test(cell) ||
    (separator === ' ' && / /.test(cell))
  ) {
    throw new DataError(
      `Expected words, tags and columns without ${separator === ' ' ? 'blanks, ' : ''}tabs or line ends, ${where} has ${show(cell)}.`,
    );
  }
}

const ABSENT = '-X-';

/**
 * Writes CoNLL lines: word, the other columns if there are any, tag; a blank line after each sentence. Where a sentence's
 * `document` differs from the one before, a line -DOCSTART- goes first. `parseConll` reads the same sentences back.
 * @throws DataError for words and tags that no reader could tell apart; ArgumentError for unknown options
 */
export function formatConll(sentences: readonly TaggedSentence[], options: ConllFormat = {}): string {
  checkKeys(options, ['columns', 'separator'], 'formatConll');
  const separator = checkOneOf(options.separator ?? '\t', 'separator', ['\t', ' ']);
  if (!Array.isArray(sentences)) {
    throw new ArgumentError(`Expected \`sentences\` to be an array, received ${show(sentences)}.`);
  }
  if (options.columns !== undefined && options.columns !== 2 && options.columns !== 4) {
    throw new ArgumentError(`Expected \`columns\` to be 2 or 4, received ${show(options.columns)}.`);
  }
  const own = Math.max(0, ...new Set(sentences.map((sentence) => sentence?.columns?.[0]?.length ?? 0)));
  const between = options.columns === undefined ? own : options.columns - 2;
  const lines: string[] = [];
  let document: number | undefined;
  sentences.forEach((sentence, s) => {
    checkSentence(sentence, s);
    const { tokens, tags, columns } = sentence;
    if (sentence.document !== undefined && sentence.document !== document) {
      lines.push([DOCUMENT, ...new Array<string>(between).fill(ABSENT), 'O'].join(separator), '');
    }
    document = sentence.document;
    const first = tokens[0];
    if (first === DOCUMENT || first?.startsWith('\uFEFF') || (separator === ' ' && first === '#')) {
      throw new DataError(`Expected sentence ${s} not to begin with ${show(first)}: readers take that for no word.`);
    }
    tokens.forEach((token, i) => {
      const cells = [token, ...Array.from({ length: between }, (_, c) => columns?.[i]?.[c] ?? ABSENT), tags[i]!];
      for (const cell of cells) checkCell(cell, separator, `sentence ${s}, word ${i}`);
      if (!isTag(tags[i])) throw new DataError(`Expected a tag, sentence ${s}, word ${i} has ${show(tags[i])}.`);
      lines.push(cells.join(separator));
    });
    lines.push('');
  });
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Writes a CoNLL file, beside and renamed. See formatConll. */
export async function writeConll(
  file: string,
  sentences: readonly TaggedSentence[],
  options: ConllFormat = {},
): Promise<void> {
  await writeFileAtomic(file, [new TextEncoder().encode(formatConll(sentences, options))]);
}
