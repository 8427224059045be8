import { open, stat } from 'node:fs/promises';
import Papa from 'papaparse';
import { type DecimalMark, decimalOf } from '../../data';
import { DataError } from '../../errors';
import { fileError } from '../atomic';
import { type CsvEncoding, Decoder } from './decode';
import { looksLikeHeader, namesOf } from './header';

/** What the beginning of a file tells about its form. */
export interface CsvForm {
  /** Bytes before the table: a byte order mark, Excel's `sep=;`, comment lines that begin with #. */
  skip: number;
  /** Lines among them. */
  skippedLines: number;
  size: number;
  /** What stands between two fields. */
  delimiter: string;
  newline: '\n' | '\r\n' | '\r';
  header: boolean;
  /** The character between whole numbers and fractions; undefined where no cell of the beginning proves one. */
  decimal: DecimalMark | undefined;
  encoding: CsvEncoding;
  /** Names of the columns; made up without a header. */
  names: string[];
  /** About how many records the file has, from the length of its first ones. */
  expectedRows: number;
}

/** What the caller knows of the file; anything left out is found out. */
export interface CsvHints {
  delimiter?: string;
  header?: boolean;
  decimal?: DecimalMark;
  encoding?: CsvEncoding;
  expectedColumns?: readonly string[];
}

const HEAD_BYTES = 1 << 16;
const DELIMITERS = [',', ';', '\t', '|'];

/** Records that are looked at, and cells that may prove a decimal mark. */
const HEAD_RECORDS = 200;
const HEAD_CELLS = 20_000;

/** Longest record, in characters. Past it the file is taken for something else than a table. */
export const MAX_RECORD = 1 << 24;

/** Splits text into records; an unfinished last one is left out unless the text is the end of the file. */
export function parseRecords(
  text: string,
  form: { delimiter: string; newline: string },
  isEnd: boolean,
): { data: string[][]; errors: { message: string; row: number }[]; cursor: number } {
  const parser = new Papa.Parser({ delimiter: form.delimiter, newline: form.newline as '\n', quoteChar: '"' });
  const { data, errors, meta } = parser.parse(text, 0, !isEnd);
  return { data, errors: errors.filter((e: { row: number }) => isEnd || e.row < data.length), cursor: meta.cursor };
}

export const isBlank = (record: readonly string[]): boolean => record.length === 1 && record[0].trim() === '';

async function readHead(file: string, length: number): Promise<{ bytes: Buffer; size: number }> {
  try {
    // Asked before the file is opened: opening a pipe waits for somebody to write to it.
    const info = await stat(file);
    if (!info.isFile()) {
      throw new DataError(`Could not read ${file}: it is not a regular file. Write what it holds into one first.`);
    }
    const handle = await open(file, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(length, info.size));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return { bytes: bytes.subarray(0, bytesRead), size: info.size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError('read', file, error);
  }
}

const SIGNATURES: [number[], string][] = [
  [[0x1f, 0x8b], 'a gzip archive: unpack it first'],
  [[0x50, 0x4b, 3, 4], 'a zip archive or a spreadsheet: save it as CSV first'],
  [[0xff, 0xfe], 'UTF-16 text: save it as UTF-8 first'],
  [[0xfe, 0xff], 'UTF-16 text: save it as UTF-8 first'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file: save it as CSV first'],
];

/** Refuses what is no text, and text that is not in the encoding. */
function decodeHead(bytes: Buffer, file: string, encoding: CsvEncoding, mark: number, isEnd: boolean): string {
  const found = SIGNATURES.find(([signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (found !== undefined) throw new DataError(`Expected ${file} to be a CSV file, it is ${found[1]}.`);
  const decoder = new Decoder(file, encoding, mark);
  const text = decoder.push(bytes.subarray(mark));
  if (isEnd) decoder.end();
  return text;
}

function newlineOf(text: string): CsvForm['newline'] {
  const feeds = text.split('\n').length - 1;
  const pairs = text.split('\r\n').length - 1;
  if (feeds === 0) return text.includes('\r') ? '\r' : '\n';
  return pairs * 2 > feeds ? '\r\n' : '\n';
}

interface Candidate {
  delimiter: string;
  /** The first records. */
  records: string[][];
  /** Characters of a record, on average. */
  perRecord: number;
  score: number;
}

/** How well a delimiter splits: the share of records with the most usual number of cells, if that is above 1. */
function delimiterScore(records: readonly string[][]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, rows] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [1, 0];
  // Among equally regular ones the one that makes more cells wins.
  return width === 1 ? 0 : rows / records.length + width * 1e-9;
}

function bestDelimiter(text: string, newline: string, isEnd: boolean, known: string | undefined): Candidate {
  const candidates = (known === undefined ? DELIMITERS : [known]).map((delimiter) => {
    const { data, cursor } = parseRecords(text, { delimiter, newline }, isEnd);
    const records = data.filter((record) => !isBlank(record)).slice(0, HEAD_RECORDS);
    return { delimiter, records, perRecord: cursor / data.length, score: delimiterScore(records) };
  });
  return candidates.reduce((best, next) => (next.score > best.score ? next : best));
}

const SEPARATOR_LINE = /^sep=(.)\r?[\n\r]/i;

/** The lines at the beginning of a text that begin with #, line ends included. */
function commentLines(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0; text[at] === '#'; at += lines[lines.length - 1].length) {
    const end = text.slice(at).match(/^[^\r\n]*(\r\n|\n|\r)/);
    if (end === null) break;
    lines.push(end[0]);
  }
  return lines;
}

/**
 * The table within the text: without Excel's `sep=;` and without comments. The last line that begins with # is the header
 * when it has as many cells as the records below, and those have none.
 */
function findTable(text: string, newline: string, isEnd: boolean, hints: CsvHints) {
  const separator = SEPARATOR_LINE.exec(text);
  const known = hints.delimiter ?? separator?.[1];
  const comments = commentLines(text.slice(separator?.[0].length ?? 0));
  const header = comments.at(-1);
  let before = (separator?.[0] ?? '') + comments.join('');
  let table = bestDelimiter(text.slice(before.length), newline, isEnd, known);
  if (header !== undefined && hints.header !== false && isHeaderOf(header, table, newline, hints)) {
    before = before.slice(0, -header.length);
    table = bestDelimiter(text.slice(before.length), newline, isEnd, known);
  }
  return { ...table, before, lines: before.split(LINE_END).length - 1 };
}

const LINE_END = /\r\n|\n|\r/;

function isHeaderOf(line: string, { delimiter, records }: Candidate, newline: string, hints: CsvHints): boolean {
  if (records.length === 0) return false;
  const [cells] = parseRecords(line.replace(/^#\s*/, ''), { delimiter, newline }, true).data;
  const other = { decimal: hints.decimal ?? '.', expected: hints.expectedColumns };
  if (cells?.length !== records[0].length || cells.length < 2 || looksLikeHeader(records, other)) return false;
  return looksLikeHeader([cells, ...records], other);
}

/** The decimal mark of the cells; commas with three digits behind them are one where the comma does not part cells. */
function decimalMark({ records, delimiter }: Candidate): DecimalMark | undefined {
  const cells = records.flat().slice(0, HEAD_CELLS);
  const proven = decimalOf(cells);
  if (proven !== undefined || delimiter !== ';') return proven;
  return cells.some((cell) => /^\s*[+-]?\d+,\d+\s*$/.test(cell)) ? ',' : undefined;
}

/**
 * Finds out delimiter, newline, header and decimal mark from the first 64 KiB (more when the first record is longer).
 * @throws DataError when the file is empty, binary, in another encoding, or cannot be read
 */
export async function sniffCsv(file: string, hints: CsvHints, headBytes = HEAD_BYTES): Promise<CsvForm> {
  const { bytes, size } = await readHead(file, headBytes);
  const encoding = hints.encoding ?? 'utf8';
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const isEnd = bytes.length >= size;
  const text = decodeHead(bytes, file, encoding, mark, isEnd);
  if (text.trim() === '' && isEnd) throw new DataError(`Expected ${file} to hold a table, it is empty.`);
  const newline = newlineOf(text);
  const table = findTable(text, newline, isEnd, hints);
  const { delimiter, records, perRecord } = table;
  if (records.length === 0) {
    if (headBytes >= MAX_RECORD) throw tooLong(file, 1);
    if (isEnd) throw new DataError(`Expected ${file} to hold a table, it holds comments only.`);
    return sniffCsv(file, hints, headBytes * 16);
  }
  const decimal = hints.decimal ?? decimalMark(table);
  const headerHints = { decimal: decimal ?? '.', expected: hints.expectedColumns };
  const header = hints.header ?? looksLikeHeader(records, headerHints);
  return {
    skip: mark + Buffer.byteLength(table.before, encoding),
    skippedLines: table.lines,
    size,
    delimiter,
    newline,
    header,
    decimal,
    encoding,
    names: namesOf(records, header, file),
    expectedRows: Math.ceil((1.05 * size) / perRecord),
  };
}

export function tooLong(file: string, record: number): DataError {
  return new DataError(
    `Expected the records of ${file} to have at most ${MAX_RECORD} characters, record ${record} is longer: an unclosed quote, or no CSV file.`,
  );
}
