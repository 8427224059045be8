export { type CsvOptions, type CsvSource, openCsv, readCsv } from './read';
export type { CsvEncoding, CsvForm } from './sniff';
