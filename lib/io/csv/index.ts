export type { CsvEncoding } from './decode';
export { type CsvOptions, type CsvSource, openCsv, readCsv } from './read';
export type { CsvForm } from './sniff';
