import { type ExcludedColumn, median, type NumericColumn, type Table, type TableColumn } from '../data';
import type { ColumnReport, NumericSummary } from '../report';
import { histogram } from './reporting';

const TOP = 20;
const MS_PER_DAY = 86_400_000;

/** What a table holds, column by column. */
export function reportColumns(table: Table, target: string, excluded: readonly ExcludedColumn[]): ColumnReport[] {
  const left = new Set(excluded.filter(({ reason }) => reason !== 'target').map(({ name }) => name));
  return table.columns.map((column) => {
    const report: ColumnReport = {
      name: column.name,
      type: column.type,
      role: column.name === target ? 'target' : left.has(column.name) ? 'ignored' : 'feature',
      missing: column.missing,
      distinct: column.distinct,
    };
    const numeric = column.storage === 'words' ? undefined : summarize(column);
    if (numeric !== undefined) report.numeric = numeric;
    const top = topValues(column);
    if (top !== undefined) report.top = top;
    return report;
  });
}

function summarize({ stats, values, storage }: NumericColumn): NumericSummary | undefined {
  if (stats === undefined) return undefined;
  const unit = storage === 'date' ? MS_PER_DAY : 1;
  const filled = values.filter((value) => !Number.isNaN(value));
  const bins = histogram(filled);
  return {
    min: stats.min * unit,
    max: stats.max * unit,
    mean: stats.mean * unit,
    std: stats.std * unit,
    median: median(filled) * unit,
    histogram: { edges: bins.edges.map((edge) => edge * unit), counts: bins.counts },
  };
}

/** The most frequent words, or the counts of a boolean column of numbers. */
function topValues(column: TableColumn): ColumnReport['top'] {
  if (column.storage === 'words') {
    const pairs = column.dictionary.map((value, k) => ({ value, count: column.counts[k] }));
    return pairs.sort((a, b) => b.count - a.count).slice(0, TOP);
  }
  if (column.type !== 'boolean') return undefined;
  const ones = column.values.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0);
  const zeros = column.rows - column.missing - ones;
  return [
    { value: '0', count: zeros },
    { value: '1', count: ones },
  ].sort((a, b) => b.count - a.count);
}
