// Results as a table for the terminal, as Markdown and as JSON.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { duration, type Figure, type Result } from './harness';
import type { Machine } from './machine';
import type { Summary } from './suite';

const prefixes: [number, string][] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

function rate(amount: number, unit: string): string {
  for (const [size, prefix] of prefixes)
    if (amount >= size) return `${(amount / size).toPrecision(3)} ${prefix}${unit}/s`;
  return `${amount.toPrecision(3)} ${unit}/s`;
}

function figureCells(result: Result, figure: Figure): string[] {
  const spread = `${duration(figure.least)} - ${duration(figure.most)}`;
  return [
    figure.contestant,
    duration(figure.median),
    spread,
    rate(result.work.amount / figure.median, result.work.unit),
    figure.ofLimit === undefined ? '' : `${(figure.ofLimit * 100).toFixed(0)} %`,
    figure === result.figures[0] ? '' : `${figure.ratio.toFixed(2)}x`,
  ];
}

const heading = [
  'case',
  'threads',
  'contestant',
  'median',
  'spread',
  'rate',
  'of limit',
  'hebb is faster by',
  'target',
];

function rows(results: Result[]): string[][] {
  return results.flatMap((result) =>
    result.figures.map((figure, i) => {
      const first = i === 0;
      const verdict =
        first && result.verdict ? `${result.verdict.target}: ${result.verdict.reached ? 'reached' : 'MISSED'}` : '';
      return [first ? result.case : '', first ? String(result.threads) : '', ...figureCells(result, figure), verdict];
    }),
  );
}

/** A table with columns padded to their widest cell. */
export function textTable(results: Result[]): string {
  const all = [heading, ...rows(results)];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdownTable(results: Result[]): string {
  const line = (row: string[]) => `| ${row.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows(results).map(line)].join('\n');
}

/** "Geometric mean 1.09x (target >= 1.08x: reached)". */
export function summaryLine({ text, target, reached }: Summary): string {
  return target === undefined ? text : `${text} (target ${target}: ${reached ? 'reached' : 'MISSED'})`;
}

/** Writes <suite>.json and <suite>.md into a folder. */
export function save(folder: string, suite: string, machine: Machine, results: Result[], summaries: Summary[]): void {
  mkdirSync(folder, { recursive: true });
  const all = { suite, machine, results, summaries };
  writeFileSync(path.join(folder, `${suite}.json`), `${JSON.stringify(all, undefined, 2)}\n`);
  const { cpu, isa, limits, versions, date } = machine;
  const peaks = limits
    .map(
      (limit) =>
        `${limit.threads} thread${limit.threads === 1 ? '' : 's'}: ${limit.gflops.toFixed(0)} GFLOP/s, read ${limit.readGBs.toFixed(0)} GB/s`,
    )
    .join('; ');
  const text = [
    `# ${suite}`,
    '',
    `Command: \`npm run bench -- ${suite}\`, ${date}. ${cpu}, ${machine.cpus} CPUs, kernels: ${isa}. Measured limits: ${peaks}.`,
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    'Contestants ran in turn; median of the rounds; "faster by" is the median of the rounds\' ratios.',
    '',
    markdownTable(results),
    '',
    ...summaries.map((summary) => `- ${summaryLine(summary)}`),
    ...(summaries.length > 0 ? [''] : []),
  ];
  writeFileSync(path.join(folder, `${suite}.md`), text.join('\n'));
}
