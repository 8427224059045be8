import { DataError } from '../../errors';
import { didYouMean, show } from '../../validate';
import type { DecimalMark } from './numbers';
import type { Cell } from './table';

/** A raw cell that is of another form than the cells that `fit` saw. */
export interface UnknownCell {
  /** Number of the row, counted from `firstRow`. */
  row: number;
  /** The column that it stands in. */
  column: string;
  /** As it was given. */
  cell: Cell;
  /** What was expected: 'category' is a word that `fit` did not see, the others are cells that could not be read. */
  expected: 'category' | 'number' | 'date' | 'boolean';
}

/** Options of the methods that encode raw rows. */
export interface RawRowOptions {
  /** What to call the first row in messages. Default 0. */
  firstRow?: number;
  /** The character between whole numbers and fractions in these rows. Default: that of the table in `fit`. */
  decimal?: DecimalMark;
  /**
   * Cells of another form than `fit` saw: 'ignore' counts a new word as "other" (or as no category, where there were no
   * other ones) and anything that cannot be read as missing; 'error' refuses them. Default: that of the preprocessor.
   */
  handleUnknown?: 'ignore' | 'error';
  /** Told each of these cells when they are not refused. */
  onUnknown?: (cell: UnknownCell) => void;
}

const ADVICE = 'Leave the cell empty when it is unknown.';

/** Where the encoding of raw rows is, and what is done about cells that cannot be encoded. */
export class RawCells {
  row: number;
  private readonly strict: boolean;

  constructor(
    private readonly options: RawRowOptions,
    handleUnknown: 'ignore' | 'error',
    private readonly fittedDecimal: DecimalMark,
  ) {
    this.row = options.firstRow ?? 0;
    this.strict = (options.handleUnknown ?? handleUnknown) === 'error';
  }

  /** The decimal mark of these rows where it is another one than that of the fitted table. */
  get otherDecimal(): DecimalMark | undefined {
    const { decimal } = this.options;
    return decimal === this.fittedDecimal ? undefined : decimal;
  }

  /**
   * Takes note of a cell that cannot be encoded.
   * @param what the words for what was expected; the nearest of `known` is suggested
   * @throws DataError when such cells are refused
   */
  unknown(
    cell: Cell,
    column: string,
    expected: UnknownCell['expected'],
    what: string,
    known?: readonly string[],
  ): void {
    if (this.strict) {
      const advice = known === undefined ? ` ${ADVICE}` : didYouMean(String(cell), known);
      throw new DataError(
        `Expected ${what} at row ${this.row}, column ${show(column)}, received ${show(cell)}.${advice}`,
      );
    }
    this.options.onUnknown?.({ row: this.row, column, cell, expected });
  }
}
