import { evaluationCharts } from './charts/evaluation';
import { trainingCharts } from './charts/training';
import { count, day, figure, percent } from './format';
import { type Cell, escapeHtml, facts, table } from './html';
import { renderPage, type Section } from './page';
import type {
  ClassificationReport,
  ColumnReport,
  EnvironmentReport,
  EvaluationReport,
  Finding,
  Histogram,
  ModelReport,
  TrainingReport,
} from './types';

function tiles(entries: [string, string][]): string {
  const tile = ([name, value]: [string, string]) =>
    `<div class="tile"><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`;
  return `<div class="tiles">${entries.map(tile).join('\n')}</div>`;
}

/** A histogram of a few pixels for a table cell. */
function spark(counts: number[], label: string): string {
  const width = 132;
  const height = 28;
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  const bars = counts.map((count, i) => {
    const tall = count === 0 ? 0 : Math.max(1, (count / most) * height);
    return `<rect x="${(i * step).toFixed(1)}" y="${(height - tall).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${tall.toFixed(1)}"/>`;
  });
  return `<svg class="spark" role="img" aria-label="${escapeHtml(label)}" width="${width}" height="${height}">${bars.join('')}</svg>`;
}

function histogramCell(column: ColumnReport): Cell {
  const histogram: Histogram | undefined = column.numeric?.histogram;
  if (histogram) {
    const { edges, counts } = histogram;
    const text = column.type === 'date' ? day : figure;
    return { html: spark(counts, `Histogram from ${text(edges[0]!)} to ${text(edges.at(-1)!)}`) };
  }
  if (column.top)
    return {
      html: spark(
        column.top.map((entry) => entry.count),
        'Rows of the most frequent values',
      ),
    };
  return '';
}

function columnSummary(column: ColumnReport): string {
  if (column.numeric) {
    const { min, max, mean, std, median } = column.numeric;
    if (column.type === 'date') {
      const days = std / 86_400_000;
      return `${day(min)} to ${day(max)}, mean ${day(mean)}, sd ${figure(days)} days, median ${day(median)}`;
    }
    return `${figure(min)} to ${figure(max)}, mean ${figure(mean)}, sd ${figure(std)}, median ${figure(median)}`;
  }
  const values = (column.top ?? []).slice(0, 4).map((entry) => `${entry.value} (${count(entry.count)})`);
  const more = column.distinct > values.length && values.length > 0 ? ', ...' : '';
  return values.join(', ') + more;
}

const shownColumns = 200;

function dataSection({ data }: TrainingReport): Section {
  const { train, validation, test } = data.split;
  const rows = data.columns
    .slice(0, shownColumns)
    .map((column): Cell[] => [
      column.name,
      column.role === 'feature' ? column.type : `${column.type}, ${column.role}`,
      column.missing,
      column.distinct,
      histogramCell(column),
      columnSummary(column),
    ]);
  const left = data.columns.length - rows.length;
  const note = left > 0 ? `<p>${count(left)} more columns are left out here.</p>` : '';
  return {
    title: 'Data',
    html:
      facts([
        ['source', data.source],
        [
          'rows',
          `${count(data.rows)} (training ${count(train)}, validation ${count(validation)}, test ${count(test)})`,
        ],
        ['target', data.target],
      ]) +
      (rows.length > 0 ? table(['column', 'type', 'missing', 'distinct', 'spread', 'summary'], rows) : '') +
      note,
  };
}

/** Text of a finding, in which what can be typed stands between backticks. */
const typed = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');

function findingsSection(findings: Finding[]): Section {
  const one = (finding: Finding) =>
    `<div class="finding ${finding.severity}"><b>${finding.severity}</b>: ${typed(finding.message)}<br>${typed(finding.advice)}</div>`;
  const html = findings.length > 0 ? findings.map(one).join('\n') : '<p>Nothing stood out.</p>';
  return { title: "The data doctor's findings", html };
}

function evaluationTiles(report: EvaluationReport): string {
  if (report.task === 'regression') {
    return tiles([
      ['R2', report.r2.toFixed(4)],
      ['RMSE', figure(report.rmse)],
      ['MAE', figure(report.mae)],
      ['RMSE of always saying the mean', figure(report.baseline)],
    ]);
  }
  const entries: [string, string][] = [
    ['accuracy', percent(report.accuracy)],
    ['macro F1', percent(report.macroF1)],
    ['always the most frequent class', percent(report.baseline)],
  ];
  if (report.logLoss !== null) entries.push(['log loss', figure(report.logLoss)]);
  if (report.roc) entries.push(['ROC AUC', report.roc.auc.toFixed(4)]);
  if (report.threshold !== undefined) entries.push(['decision threshold', figure(report.threshold)]);
  return tiles(entries);
}

function perClassTable(report: ClassificationReport): string {
  const share = (value: number): Cell => ({ number: value.toFixed(3) });
  const rows = report.perClass.map((row): Cell[] => [
    row.label,
    share(row.precision),
    share(row.recall),
    share(row.f1),
    row.support,
  ]);
  return table(['class', 'precision', 'recall', 'F1', 'rows'], rows);
}

function evaluationSection(report: EvaluationReport): Section {
  const detail = report.task === 'classification' ? perClassTable(report) : '';
  return {
    title: `Result on ${report.set} (${count(report.rows)} rows)`,
    html: evaluationTiles(report) + detail,
    charts: evaluationCharts(report),
  };
}

function modelSection(model: ModelReport): Section {
  const layers = model.layers.map((layer): Cell[] => [
    layer.name,
    layer.type,
    layer.activation ?? '',
    layer.output,
    layer.parameters,
  ]);
  const options = Object.entries(model.options).map(([name, value]): [string, Cell] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const general: [string, Cell][] = [
    ['class', model.kind],
    ['parameters', count(model.parameters)],
  ];
  if (model.file) general.push(['file', model.file]);
  return {
    title: 'Model',
    html: `${facts(general)}${table(['layer', 'type', 'activation', 'output', 'parameters'], layers)}
<details><summary>Options</summary>${facts(options)}</details>`,
  };
}

function environmentSection(environment: EnvironmentReport): Section {
  const { hebb, node, platform, arch, cpu, isa, threads, seed } = environment;
  return {
    title: 'Environment',
    html: facts([
      ['hebb', hebb],
      ['Node.js', node],
      ['system', `${platform} ${arch}`],
      ['CPU', `${cpu}, ${isa} kernels, ${threads} thread${threads === 1 ? '' : 's'}`],
      ['seed', String(seed)],
    ]),
  };
}

function trainingSection(report: TrainingReport): Section[] {
  const { training } = report;
  if (!training) return [];
  const endings = {
    epochs: 'all epochs done',
    earlyStopping: 'early stopping',
    converged: 'nothing left to learn',
    callback: 'stopped by a callback',
    abort: 'stopped by the user',
  };
  return [
    {
      title: 'Training',
      html: tiles([
        ['epochs', String(training.epochs)],
        ['seconds', figure(training.seconds)],
        ['rows a second', count(Math.round(training.rowsPerSecond))],
        ['ended by', endings[training.stoppedBy]],
      ]),
      charts: trainingCharts(training),
    },
  ];
}

/**
 * The report as one self-contained HTML page: no network, light and dark, readable without colour and without scripts.
 * `extra` sections come after the training.
 */
export function renderReport(report: TrainingReport, extra: Section[] = []): string {
  const sections = [
    ...report.evaluations.map(evaluationSection),
    ...trainingSection(report),
    ...extra,
    ...(report.findings === undefined ? [] : [findingsSection(report.findings)]),
    dataSection(report),
    modelSection(report.model),
    environmentSection(report.environment),
  ];
  const made = report.createdAt.slice(0, 16).replace('T', ' ');
  return renderPage(
    report.title,
    `${report.model.kind} for ${report.data.target} in ${report.data.source}, ${made} UTC`,
    sections,
  );
}
