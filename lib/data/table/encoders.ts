import { DataError } from '../../errors';
import { show } from '../../validate';
import type { NumericColumn, TableColumn, WordsColumn } from './column';
import type { ColumnEncoder, FitOptions } from './encoder';
import { DateEncoder, NumberEncoder } from './numericEncoders';
import { BooleanEncoder, CategoryEncoder } from './wordEncoders';

const KINDS: Record<string, (json: unknown) => ColumnEncoder> = {
  number: NumberEncoder.fromJSON,
  date: DateEncoder.fromJSON,
  category: CategoryEncoder.fromJSON,
  boolean: BooleanEncoder.fromJSON,
};

/** @throws DataError when the state is damaged or of an unknown kind */
export function encoderFromJson(json: unknown): ColumnEncoder {
  const kind = (json as { kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    throw new DataError(`Expected the saved state of a column, received kind ${show(kind)}.`);
  }
  return KINDS[kind](json);
}

/** The encoder for a column of the table, or undefined when the column is no feature. */
export function fitEncoder(column: TableColumn, rows: ArrayLike<number>, o: FitOptions): ColumnEncoder | undefined {
  switch (column.type) {
    case 'number':
      return NumberEncoder.fit(column as NumericColumn, rows, o);
    case 'date':
      return DateEncoder.fit(column as NumericColumn, rows, o);
    case 'boolean':
      return BooleanEncoder.fit(column, rows);
    case 'category':
      return CategoryEncoder.fit(column as WordsColumn, rows, o);
    default:
      return undefined;
  }
}
