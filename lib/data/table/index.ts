export { type DateFormat, isMissing } from './cells';
export {
  CODE_FIRST,
  CODE_OTHER,
  type ColumnStats,
  type ColumnType,
  type NumericColumn,
  type Storage,
  type TableColumn,
  type WordsColumn,
  wordAt,
} from './column';
export { type ColumnHint, decimalOf, inferForm } from './form';
export { median } from './median';
export { type DecimalMark, isTooLarge, parseNumber } from './numbers';
export {
  type ExcludedColumn,
  type TableFitOptions,
  TablePreprocessor,
  type TablePreprocessorOptions,
} from './preprocessor';
export type { RawRowOptions, UnknownCell } from './rawCells';
export {
  type Cell,
  type Misread,
  Table,
  TableBuilder,
  type TableOptions,
} from './table';
export { type ClassTarget, inferTask, type NumberTarget, type Target, type Task, takeTarget } from './target';
