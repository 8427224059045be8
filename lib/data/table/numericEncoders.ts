import { type JsonObject, StateReader } from '../state';
import { type DateFormat, isMissing, parseDate } from './cells';
import type { NumericColumn, TableColumn } from './column';
import { type ColumnEncoder, type ColumnWriter, type EncoderOptions, type FitOptions, missingName } from './encoder';
import { aboutMedian } from './median';
import { type DecimalMark, isTooLarge, parseNumber } from './numbers';
import type { RawCells } from './rawCells';
import { type Cell, cellText } from './table';

const MS_PER_DAY = 86_400_000;

interface Scale {
  center: number;
  width: number;
}

/** The values of these rows that are not missing. They lie at the beginning of `scratch`. */
function filledValues(column: NumericColumn, rows: ArrayLike<number>, scratch: Float32Array): Float32Array {
  let n = 0;
  for (let k = 0; k < rows.length; k++) {
    const value = column.values[rows[k]];
    if (!Number.isNaN(value)) scratch[n++] = value;
  }
  return scratch.subarray(0, n);
}

function fitScale(values: Float32Array, fill: number, missing: number, kind: EncoderOptions['scale']): Scale {
  if (kind === 'none') return { center: 0, width: 1 };
  if (kind === 'minMax') {
    let [min, max] = [fill, fill];
    for (let k = 0; k < values.length; k++) {
      if (values[k] < min) min = values[k];
      else if (values[k] > max) max = values[k];
    }
    return { center: min, width: max > min ? max - min : 1 };
  }
  // Mean and variance of the column as it is after filling in: `missing` cells hold `fill`.
  const n = values.length + missing;
  let sum = missing * fill;
  for (let k = 0; k < values.length; k++) sum += values[k];
  const mean = sum / n;
  let squares = missing * (fill - mean) ** 2;
  for (let k = 0; k < values.length; k++) {
    const d = values[k] - mean;
    squares += d * d;
  }
  const std = Math.sqrt(squares / n);
  return { center: mean, width: std > 1e-7 * Math.abs(mean) && std > 0 ? std : 1 };
}

interface NumberState extends Scale {
  fill: number;
  indicator: boolean;
  decimal: DecimalMark;
}

/** Numbers: missing ones become the median, then (x - center) / width; one more column marks the missing ones. */
export class NumberEncoder implements ColumnEncoder {
  readonly accepts = ['number'] as const;
  readonly outputs: readonly string[];

  constructor(
    readonly name: string,
    private readonly state: NumberState,
  ) {
    this.outputs = state.indicator ? [name, missingName(name)] : [name];
  }

  static fit(column: NumericColumn, rows: ArrayLike<number>, o: FitOptions): NumberEncoder {
    const values = filledValues(column, rows, o.scratch);
    const missing = rows.length - values.length;
    const fill = aboutMedian(values, o.scratch);
    const scale = fitScale(values, fill, missing, o.scale);
    return new NumberEncoder(column.name, { ...scale, fill, indicator: missing > 0, decimal: column.decimal });
  }

  private put(value: number, out: Float32Array, at: number): void {
    const { center, width, fill, indicator } = this.state;
    const missing = Number.isNaN(value);
    out[at] = ((missing ? fill : value) - center) / width;
    if (indicator) out[at + 1] = missing ? 1 : 0;
  }

  columnWriter(column: TableColumn): ColumnWriter {
    const { values } = column as NumericColumn;
    return (rows, out, at, stride) => {
      for (let k = 0; k < rows.length; k++) this.put(values[rows[k]], out, at + k * stride);
    };
  }

  private read(cell: Cell, raw: RawCells): number {
    if (typeof cell === 'number') return Math.fround(cell);
    const text = cellText(cell);
    const { otherDecimal } = raw;
    const value = otherDecimal === undefined ? Number.NaN : parseNumber(text, otherDecimal);
    return Math.fround(Number.isNaN(value) ? parseNumber(text, this.state.decimal) : value);
  }

  encodeCell(cell: Cell, out: Float32Array, at: number, raw: RawCells): void {
    const value = this.read(cell, raw);
    if (Number.isFinite(value)) this.put(value, out, at);
    else {
      const text = cellText(cell);
      const what = isTooLarge(text) ? 'a number below 3.4e38' : 'a number';
      if (!isMissing(text)) raw.unknown(cell, this.name, 'number', what);
      this.put(Number.NaN, out, at);
    }
  }

  toJSON(): JsonObject {
    return { kind: 'number', name: this.name, ...this.state };
  }

  static fromJSON(json: unknown): NumberEncoder {
    const r = new StateReader(json, 'number');
    return new NumberEncoder(r.string('name'), {
      center: r.number('center'),
      width: r.number('width'),
      fill: r.number('fill'),
      indicator: r.boolean('indicator'),
      decimal: r.oneOf('decimal', ['.', ',']),
    });
  }
}

interface DateState extends Scale {
  fill: number;
  indicator: boolean;
  format: DateFormat;
}

/** Dates: days since 1970, filled and scaled as numbers are, and the place in the year and in the week as sine and cosine. */
export class DateEncoder implements ColumnEncoder {
  readonly accepts = ['date'] as const;
  readonly outputs: readonly string[];

  constructor(
    readonly name: string,
    private readonly state: DateState,
  ) {
    const parts = ['days', 'year sin', 'year cos', 'week sin', 'week cos'].map((part) => `${name} (${part})`);
    this.outputs = state.indicator ? [...parts, missingName(name)] : parts;
  }

  static fit(column: NumericColumn, rows: ArrayLike<number>, o: FitOptions): DateEncoder {
    const values = filledValues(column, rows, o.scratch);
    const missing = rows.length - values.length;
    const fill = aboutMedian(values, o.scratch);
    const format = column.dateFormat as DateFormat;
    return new DateEncoder(column.name, {
      ...fitScale(values, fill, missing, o.scale),
      fill,
      indicator: missing > 0,
      format,
    });
  }

  private put(value: number, out: Float32Array, at: number): void {
    const { center, width, fill, indicator } = this.state;
    const missing = Number.isNaN(value);
    const days = missing ? fill : value;
    const year = (2 * Math.PI * days) / 365.2425;
    const week = (2 * Math.PI * days) / 7;
    out[at] = (days - center) / width;
    out[at + 1] = Math.sin(year);
    out[at + 2] = Math.cos(year);
    out[at + 3] = Math.sin(week);
    out[at + 4] = Math.cos(week);
    if (indicator) out[at + 5] = missing ? 1 : 0;
  }

  columnWriter(column: TableColumn): ColumnWriter {
    const { values } = column as NumericColumn;
    return (rows, out, at, stride) => {
      for (let k = 0; k < rows.length; k++) this.put(values[rows[k]], out, at + k * stride);
    };
  }

  encodeCell(cell: Cell, out: Float32Array, at: number, raw: RawCells): void {
    const text = cellText(cell);
    const ms = cell instanceof Date ? cell.getTime() : parseDate(text, this.state.format);
    if (Number.isNaN(ms) && !isMissing(text)) {
      const order = { ymd: 'year-month-day', dmy: 'day.month.year', mdy: 'month/day/year' }[this.state.format];
      raw.unknown(cell, this.name, 'date', `a date (${order})`);
    }
    this.put(Math.fround(ms / MS_PER_DAY), out, at);
  }

  toJSON(): JsonObject {
    return { kind: 'date', name: this.name, ...this.state };
  }

  static fromJSON(json: unknown): DateEncoder {
    const r = new StateReader(json, 'date');
    return new DateEncoder(r.string('name'), {
      center: r.number('center'),
      width: r.number('width'),
      fill: r.number('fill'),
      indicator: r.boolean('indicator'),
      format: r.oneOf('format', ['ymd', 'dmy', 'mdy']),
    });
  }
}
