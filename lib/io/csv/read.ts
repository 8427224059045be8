import { createReadStream } from 'node:fs';
import { type ColumnHint, type DecimalMark, type Misread, Table, TableBuilder } from '../../data';
import { AbortError, ArgumentError, DataError } from '../../errors';
import { checkBoolean, checkKeys, checkOneOf, show } from '../../validate';
import { fileError } from '../atomic';
import { type CsvEncoding, Decoder } from './decode';
import { type CsvForm, isBlank, MAX_RECORD, parseRecords, sniffCsv, tooLong } from './sniff';

/** Options of the CSV readers. Everything that is left out is found out from the file. */
export interface CsvOptions {
  /** One character, such as ',', ';' or '\t'. */
  delimiter?: string;
  /** Whether the first record names the columns; without, they are called column_1, column_2, ... */
  header?: boolean;
  /** The character between whole numbers and fractions, where the cells of a column do not prove one. */
  decimal?: DecimalMark;
  /** Default 'utf8'. */
  encoding?: CsvEncoding;
  /** Names that columns are known to have: a first record that holds one of them is the header. */
  expectedColumns?: readonly string[];
  /** How to read some of the columns, by name: 'number', 'category' or 'date'. */
  types?: Readonly<Record<string, ColumnHint>>;
  signal?: AbortSignal;
  /** Called after each piece of the file. */
  onProgress?: (progress: { bytes: number; totalBytes: number; rows: number }) => void;
}

/** A CSV file whose form is known, to be read as often as wished. */
export interface CsvSource {
  readonly file: string;
  /** Names of the columns. */
  readonly header: readonly string[];
  /** What was found out of the file. */
  readonly form: Readonly<CsvForm>;
  /** The records as texts, some thousands at a time, each with as many cells as the header. */
  batches(): AsyncGenerator<string[][]>;
}

/** Bytes read at a time: larger ones are no faster and cost memory. */
const PIECE = 1 << 16;

const KEYS = ['delimiter', 'header', 'decimal', 'encoding', 'expectedColumns', 'types', 'signal', 'onProgress'];

function checkOptions(o: CsvOptions, owner: string): void {
  checkKeys(o, KEYS, owner);
  if (o.delimiter !== undefined && (typeof o.delimiter !== 'string' || !/^[^"\r\n\ufeff]$/.test(o.delimiter))) {
    throw new ArgumentError(`Expected \`delimiter\` to be one character, received ${show(o.delimiter)}.`);
  }
  if (o.header !== undefined) checkBoolean(o.header, 'header');
  if (o.decimal !== undefined) checkOneOf(o.decimal, 'decimal', ['.', ',']);
  if (o.encoding !== undefined) checkOneOf(o.encoding, 'encoding', ['utf8', 'latin1']);
  if (o.expectedColumns !== undefined && !Array.isArray(o.expectedColumns)) {
    throw new ArgumentError(
      `Expected \`expectedColumns\` to be an array of names, received ${show(o.expectedColumns)}.`,
    );
  }
  for (const [name, hint] of Object.entries(o.types ?? {})) {
    checkOneOf(hint, `types.${name}`, ['number', 'category', 'date']);
  }
}

/** Makes a record as wide as the header; empty cells at its end (trailing delimiters) may go. */
function fitRecord(record: string[], width: number, number: number, file: string): string[] {
  if (record.length === width) return record;
  const rest = record.slice(width);
  if (record.length > width && rest.every((cell) => cell.trim() === '')) return record.slice(0, width);
  throw new DataError(
    `Expected record ${number} of ${file} to have ${width} cells like record 1, found ${record.length}.`,
  );
}

/** Cuts text that comes in pieces into records. */
class Splitter {
  /** Text whose record is not finished. */
  private rest = '';
  private waiting: string[] = [];
  private waitingLength = 0;
  /** Records so far; skipped lines count as such. */
  private seen: number;
  private headerSeen: boolean;

  constructor(
    private readonly file: string,
    private readonly form: CsvForm,
  ) {
    this.headerSeen = !form.header;
    this.seen = form.skippedLines;
  }

  /** The records that a piece finishes. A record of many pieces is looked at each time that it has doubled. */
  push(piece: string): string[][] {
    this.waiting.push(piece);
    this.waitingLength += piece.length;
    const total = this.rest.length + this.waitingLength;
    return this.waitingLength < this.rest.length && total <= MAX_RECORD ? [] : this.split(false);
  }

  /** The last record. */
  end(): string[][] {
    return this.rest === '' && this.waitingLength === 0 ? [] : this.split(true);
  }

  private split(isEnd: boolean): string[][] {
    const { file, form } = this;
    const text = this.rest + this.waiting.join('');
    // A carriage return at the end may be half of a line end.
    const end = !isEnd && text.endsWith('\r') ? text.length - 1 : text.length;
    const { data, errors, cursor } = parseRecords(text.slice(0, end), form, isEnd);
    if (errors.length > 0) {
      const [{ row, message }] = errors;
      throw new DataError(`Could not read record ${this.seen + row + 1} of ${file}: ${message.toLowerCase()}.`);
    }
    this.rest = text.slice(cursor);
    this.waiting = [];
    this.waitingLength = 0;
    if (this.rest.length > MAX_RECORD) throw tooLong(file, this.seen + data.length + 1);
    const records: string[][] = [];
    for (const record of data) {
      this.seen++;
      if (isBlank(record)) continue;
      if (this.headerSeen) records.push(fitRecord(record, form.names.length, this.seen, file));
      this.headerSeen = true;
    }
    return records;
  }
}

async function* readBatches(file: string, form: CsvForm, o: CsvOptions): AsyncGenerator<string[][]> {
  const stream = createReadStream(file, { start: form.skip, highWaterMark: PIECE });
  const decoder = new Decoder(file, form.encoding, form.skip);
  const splitter = new Splitter(file, form);
  let rows = 0;
  const report = (bytes: number) => o.onProgress?.({ bytes, totalBytes: form.size, rows });
  try {
    for await (const piece of stream) {
      if (o.signal?.aborted) throw new AbortError('Reading the file was aborted.', { cause: o.signal.reason });
      const records = splitter.push(decoder.push(piece as Buffer));
      rows += records.length;
      report(stream.bytesRead);
      if (records.length > 0) yield records;
    }
    decoder.end();
    const records = splitter.end();
    rows += records.length;
    report(form.size);
    if (records.length > 0) yield records;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : fileError('read', file, error);
  } finally {
    stream.destroy();
  }
}

/**
 * Finds out the form of a CSV file and reads its records as texts, a piece at a time.
 * @throws DataError when the file is empty, binary, in another encoding, or cannot be read; while reading, when a record
 *   has another number of cells than the first, a quote is not closed, or a record is longer than 16 Mi characters
 * @throws ArgumentError when an option is unknown or of another form; AbortError when the signal says so
 */
export async function openCsv(file: string, options: CsvOptions = {}): Promise<CsvSource> {
  checkOptions(options, 'openCsv');
  const { delimiter, header, decimal, encoding, expectedColumns } = options;
  const form = await sniffCsv(file, { delimiter, header, decimal, encoding, expectedColumns });
  return { file, header: form.names, form, batches: () => readBatches(file, form, options) };
}

/**
 * Reads a CSV file into a table of typed columns. Quotes, a byte order mark, any kind of line end, empty lines, comments
 * (#) and Excel's `sep=;` at the beginning are dealt with; delimiter, header and decimal mark are found out. A column is
 * read as numbers or dates when at least 99 % of its cells are; the few others count as missing (`invalid` of the column).
 * Numbers may be written as people do: 1,234,567; 1.234,50; $12.34; 12.5 % (which is 0.125). When a column turns out to be
 * of another form than its first 1,000 cells, the file is read a second time.
 *
 * @throws DataError for a file without rows, or as `openCsv`
 * @throws ArgumentError when an option is unknown or of another form; AbortError when the signal says so
 */
export async function readCsv(file: string, options: CsvOptions = {}): Promise<Table> {
  checkOptions(options, 'readCsv');
  const source = await openCsv(file, options);
  const { decimal = '.', expectedRows } = source.form;
  let forms: Misread['misread'] = {};
  for (;;) {
    const builder = new TableBuilder(source.header, { decimal, types: options.types ?? {}, expectedRows }, forms);
    let rows = 0;
    for await (const batch of source.batches()) {
      builder.addRows(batch);
      rows += batch.length;
    }
    if (rows === 0) {
      throw new DataError(
        `Expected ${file} to have rows below its header (${source.header.slice(0, 8).join(', ')}), it has none.`,
      );
    }
    const result = builder.finish();
    if (result instanceof Table) return result;
    forms = { ...forms, ...result.misread };
  }
}
