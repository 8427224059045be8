export { type DateFormat, type DecimalMark, isMissing, parseNumber } from './cells';
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
export {
  type ExcludedColumn,
  type TableFitOptions,
  TablePreprocessor,
  type TablePreprocessorOptions,
} from './preprocessor';
export {
  type Cell,
  type ColumnHint,
  type Misread,
  Table,
  TableBuilder,
  type TableOptions,
} from './table';
export { type ClassTarget, inferTask, type NumberTarget, type Target, type Task, takeTarget } from './target';
