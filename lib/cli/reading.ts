import path from 'node:path';
import { isTooLarge, type UnknownCell } from '../data';
import type { CsvOptions } from '../io';
import { count, counted } from '../report';
import type { CsvArguments } from './arguments';
import type { Context } from './run';

/** What the command line says of the form of a CSV file. */
export function csvOptions(options: CsvArguments): CsvOptions {
  const { delimiter, header, decimal, encoding, types } = options;
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    // Without --no-header or --header the file itself tells.
    ...(header === undefined ? {} : { header }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(types === undefined ? {} : { types }),
  };
}

/** Smaller files are read before a person begins to wonder. */
const LARGE_FILE = 32 << 20;

/** A plain line each time that so many percent are done. */
const PLAIN_STEP = 20;

/** Tells how far a large file is, on standard error: one line that changes on a terminal, else a few lines. */
export function readingProgress(context: Context, file: string, verb: string): NonNullable<CsvOptions['onProgress']> {
  const { err, errLook, json } = context;
  const step = errLook.tty ? 1 : PLAIN_STEP;
  let next = step;
  return ({ bytes, totalBytes, rows }) => {
    if (json || totalBytes < LARGE_FILE) return;
    const done = Math.floor((100 * bytes) / totalBytes);
    if (done < next) return;
    next = done - (done % step) + step;
    const text = `${verb} ${path.basename(file)}: ${done} %, ${counted(rows, 'row')}`;
    if (!errLook.tty) err.write(`${text}\n`);
    else err.write(`\r\u001b[K${done < 100 ? text : ''}`);
  };
}

const SHOWN_COLUMNS = 6;

/** What a cell is that cannot be encoded. */
function holds({ expected, cell }: UnknownCell): string {
  if (expected === 'category') return 'a value that training did not see';
  return expected === 'number' && isTooLarge(String(cell)) ? 'no number below 3.4e38' : `no ${expected}`;
}

/** Counts the cells that a model has to guess at, and tells of them in the end. */
export class UnknownCells {
  private readonly columns = new Map<string, { cells: number; example: UnknownCell }>();

  readonly note = (unknown: UnknownCell): void => {
    const column = this.columns.get(unknown.column);
    if (column === undefined) this.columns.set(unknown.column, { cells: 1, example: unknown });
    else column.cells++;
  };

  /** A warning for each column, the one with the most cells first. */
  tell({ err, json }: Context): void {
    if (json) return;
    const all = [...this.columns].sort(([, a], [, b]) => b.cells - a.cells);
    for (const [name, { cells, example }] of all.slice(0, SHOWN_COLUMNS)) {
      const what = holds(example);
      const as = example.expected === 'category' ? 'other' : 'missing';
      err.write(
        `warning: ${counted(cells, 'cell')} of column '${name}' ${cells === 1 ? 'holds' : 'hold'} ${what}, ` +
          `first '${example.cell}' in row ${count(example.row)}: counted as ${as}. --strict refuses such cells.\n`,
      );
    }
    const left = all.length - SHOWN_COLUMNS;
    if (left > 0) err.write(`warning: so do cells of ${counted(left, 'more column')}.\n`);
  }
}
