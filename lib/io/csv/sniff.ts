import { open } from 'node:fs/promises';
import Papa from 'papaparse';
import { type DecimalMark, isMissing, parseNumber } from '../../data';
import { DataError } from '../../errors';
import { show } from '../../validate';
import { fileError } from '../atomic';

/** What the beginning of a file tells about its form. */
export interface CsvForm {
  /** Bytes of the byte order mark. */
  skip: number;
  size: number;
  delimiter: string;
  newline: '\n' | '\r\n' | '\r';
  header: boolean;
  decimal: DecimalMark;
  encoding: CsvEncoding;
  /** Names of the columns; made up without a header. */
  names: string[];
  /** About how many records the file has, from the length of its first ones. */
  expectedRows: number;
}

export type CsvEncoding = 'utf8' | 'latin1';

/** What the caller knows of the file; anything left out is found out. */
export interface CsvHints {
  delimiter?: string;
  header?: boolean;
  decimal?: DecimalMark;
  encoding?: CsvEncoding;
}

const HEAD_BYTES = 1 << 16;
const DELIMITERS = [',', ';', '\t', '|'];

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
  const handle = await open(file, 'r').catch((error) => {
    throw fileError('read', file, error);
  });
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new DataError(`Could not read ${file}: it is not a regular file.`);
    const bytes = Buffer.alloc(Math.min(length, info.size));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, bytesRead), size: info.size };
  } catch (error) {
    throw fileError('read', file, error);
  } finally {
    await handle.close();
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
function decode(bytes: Buffer, file: string, encoding: CsvEncoding | undefined): string {
  const found = SIGNATURES.find(([signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (found !== undefined) throw new DataError(`Expected ${file} to be a CSV file, it is ${found[1]}.`);
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new DataError(`Expected ${file} to be a CSV file, it is binary: byte ${zero} is 0.`);
  if (encoding === 'latin1') return bytes.toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch (cause) {
    throw new DataError(
      `Expected ${file} to be a CSV file in UTF-8, its first ${bytes.length} bytes are not. If it is Latin-1 text, say encoding: 'latin1'.`,
      { cause },
    );
  }
}

function newlineOf(text: string): CsvForm['newline'] {
  const feeds = text.split('\n').length - 1;
  const pairs = text.split('\r\n').length - 1;
  if (feeds === 0) return text.includes('\r') ? '\r' : '\n';
  return pairs * 2 > feeds ? '\r\n' : '\n';
}

/** How well a delimiter splits: the share of records with the most usual number of cells, if that is above 1. */
function delimiterScore(records: readonly string[][]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, rows] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [1, 0];
  // Among equally regular ones the one that makes more cells wins.
  return width === 1 ? 0 : rows / records.length + width * 1e-9;
}

/** Whether the first record names the columns: none of its cells is a number or empty, and each is there once. */
function looksLikeHeader(records: readonly string[][], decimal: DecimalMark): boolean {
  const first = records[0].map((cell) => cell.trim());
  const named = first.every((cell) => !isMissing(cell) && Number.isNaN(parseNumber(cell, decimal)));
  return named && new Set(first).size === first.length;
}

/** Decimal commas are looked for where the comma does not separate cells. */
function decimalOf(records: readonly string[][], delimiter: string): DecimalMark {
  if (delimiter === ',') return '.';
  const cells = records.flat();
  const has = (pattern: RegExp) => cells.some((cell) => pattern.test(cell));
  return has(/^\s*[+-]?\d+,\d+\s*$/) && !has(/^\s*[+-]?\d+\.\d+\s*$/) ? ',' : '.';
}

function namesOf(record: readonly string[], header: boolean, file: string): string[] {
  const names = record.map((cell, j) => (header && cell.trim() !== '' ? cell.trim() : `column_${j + 1}`));
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined)
    throw new DataError(`Expected each column name of ${file} once, found ${show(twice)} twice.`);
  return names;
}

/**
 * Finds out encoding, delimiter, newline, header and decimal mark from the first 64 KiB (more when the first record is
 * longer).
 * @throws DataError when the file is empty, binary, in another encoding, or cannot be read
 */
export async function sniffCsv(file: string, hints: CsvHints, headBytes = HEAD_BYTES): Promise<CsvForm> {
  const { bytes, size } = await readHead(file, headBytes);
  const skip = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = decode(bytes.subarray(skip), file, hints.encoding);
  if (text.trim() === '' && size <= bytes.length) throw new DataError(`Expected ${file} to hold a table, it is empty.`);
  const isEnd = bytes.length >= size;
  const newline = newlineOf(text);
  const parse = (delimiter: string) => {
    const { data, cursor } = parseRecords(text, { delimiter, newline }, isEnd);
    return { records: data.filter((record) => !isBlank(record)).slice(0, 200), perRecord: cursor / data.length };
  };
  const candidates = (hints.delimiter === undefined ? DELIMITERS : [hints.delimiter]).map((delimiter) => {
    const { records, perRecord } = parse(delimiter);
    return { delimiter, records, perRecord, score: delimiterScore(records) };
  });
  const { delimiter, records, perRecord } = candidates.reduce((best, next) => (next.score > best.score ? next : best));
  if (records.length === 0) {
    if (headBytes >= MAX_RECORD) throw tooLong(file, 1);
    return sniffCsv(file, hints, headBytes * 16);
  }
  const decimal = hints.decimal ?? decimalOf(records, delimiter);
  const header = hints.header ?? looksLikeHeader(records, decimal);
  const names = namesOf(records[0], header, file);
  const expectedRows = Math.ceil((1.05 * size) / perRecord);
  return { skip, size, delimiter, newline, header, decimal, encoding: hints.encoding ?? 'utf8', names, expectedRows };
}

export function tooLong(file: string, record: number): DataError {
  return new DataError(
    `Expected the records of ${file} to have at most ${MAX_RECORD} characters, record ${record} is longer: an unclosed quote, or no CSV file.`,
  );
}
