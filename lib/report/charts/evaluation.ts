import { figure } from '../format';
import type { ClassificationReport, EvaluationReport, Histogram, RegressionReport } from '../types';
import { type Chart, type ChartOption, grid, lineLook, valueAxis } from './option';

/** Pixels of a class's name at most, of a letter about, and of what is between the axes of a page of 420 px. */
const NAME_WIDTH = 140;
const NAME_LETTER = 7;
const NARROW_PLOT = 230;

/** Counts by actual and predicted class; shades are shares of the actual class, the numbers say the counts. */
function confusionChart(report: ClassificationReport): Chart {
  const { classes, confusion } = report;
  const cells: [number, number, number, number][] = [];
  let wrong = 0;
  let worst = { count: 0, actual: '', predicted: '' };
  for (const [actual, row] of confusion.entries()) {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    for (const [predicted, count] of row.entries()) {
      cells.push([predicted, actual, count / total, count]);
      if (actual === predicted) continue;
      wrong += count;
      if (count > worst.count) worst = { count, actual: classes[actual]!, predicted: classes[predicted]! };
    }
  }
  const pair =
    worst.count > 0 ? ` The most frequent mistake: ${worst.actual} taken for ${worst.predicted} (${worst.count}).` : '';
  const few = classes.length <= 30;
  // Every name is written, upright where all of them side by side are too wide for a narrow page.
  const widths = classes.map((name) => Math.min(NAME_WIDTH, NAME_LETTER * name.length));
  const longest = Math.max(...widths);
  const turned = longest * classes.length > NARROW_PLOT;
  const names = { interval: 0, hideOverlap: true, width: NAME_WIDTH, overflow: 'truncate' };
  return {
    title: 'Confusion matrix',
    description: `${wrong} of ${report.rows} rows were given the wrong class.${pair} The stronger the colour, the larger the share of the actual class.`,
    height: Math.min(900, Math.max(300, 120 + classes.length * 34)) + (turned ? longest : 0),
    option: {
      aria: { enabled: true },
      grid: { ...grid, top: 16 },
      tooltip: {},
      dataset: { dimensions: ['predicted', 'actual', 'share', 'count'], source: cells },
      xAxis: {
        type: 'category',
        data: classes,
        name: 'predicted',
        nameLocation: 'middle',
        nameGap: turned ? 16 + longest : 32,
        axisLabel: { ...names, rotate: turned ? 90 : 0 },
      },
      yAxis: {
        type: 'category',
        data: classes,
        name: 'actual',
        nameLocation: 'middle',
        nameGap: 12 + longest,
        inverse: true,
        axisLabel: names,
      },
      visualMap: {
        show: false,
        min: 0,
        max: 1,
        dimension: 2,
      },
      series: [
        {
          type: 'heatmap',
          encode: { x: 0, y: 1, value: 2 },
          label: {
            show: few,
            formatter: '{@[3]}',
            padding: [1, 4],
            borderRadius: 3,
          },
          labelLayout: { hideOverlap: true },
        },
      ],
    },
  };
}

function rocChart(roc: NonNullable<ClassificationReport['roc']>): Chart {
  return {
    title: 'ROC curve',
    description: `Area under the curve ${figure(roc.auc)}, with '${roc.positive}' as the positive class; guessing gives 0.5.`,
    height: 360,
    option: {
      aria: { enabled: true },
      grid,
      legend: { top: 4 },
      tooltip: { trigger: 'axis' },
      xAxis: valueAxis('false positive rate', { min: 0, max: 1 }),
      yAxis: valueAxis('true positive rate', { min: 0, max: 1, nameGap: 36 }),
      series: [
        {
          type: 'line',
          name: 'model',
          data: roc.falsePositiveRate.map((x, i) => [x, roc.truePositiveRate[i]]),
          ...lineLook(0),
          showSymbol: false,
          areaStyle: { opacity: 0.12 },
        },
        {
          type: 'line',
          name: 'guessing',
          data: [
            [0, 0],
            [1, 1],
          ],
          ...lineLook(1),
          showSymbol: false,
        },
      ],
    },
  };
}

/** Bars of a histogram; the labels are the middles of the bins, in three digits. */
export function histogramOption(histogram: Histogram, name: string, extra: ChartOption = {}): ChartOption {
  const { edges, counts } = histogram;
  return {
    aria: { enabled: true },
    grid,
    tooltip: { trigger: 'axis' },
    xAxis: {
      type: 'category',
      name,
      nameLocation: 'middle',
      nameGap: 28,
      data: counts.map((_, i) => figure(Number(((edges[i]! + edges[i + 1]!) / 2).toPrecision(3)))),
      axisLabel: { hideOverlap: true },
    },
    yAxis: valueAxis('rows', { nameGap: 44, minInterval: 1, scale: false }),
    series: [{ type: 'bar', name: 'rows', data: counts, barCategoryGap: '8%' }],
    ...extra,
  };
}

function regressionCharts(report: RegressionReport): Chart[] {
  const { actual, predicted } = report.points;
  const all = [...actual, ...predicted];
  const low = Math.min(...all);
  const high = Math.max(...all);
  return [
    {
      title: 'Predicted against true',
      description: `R2 ${figure(report.r2)}: points on the dashed line are predicted exactly.`,
      height: 400,
      option: {
        aria: { enabled: true },
        grid,
        legend: { top: 4 },
        tooltip: { trigger: 'item' },
        xAxis: valueAxis('true value', { splitNumber: 4 }),
        yAxis: valueAxis('predicted value', { nameGap: 48 }),
        series: [
          {
            type: 'scatter',
            name: 'rows',
            symbolSize: 6,
            itemStyle: { opacity: 0.7 },
            data: actual.map((x, i) => [x, predicted[i]]),
          },
          {
            type: 'line',
            name: 'exact',
            data: [
              [low, low],
              [high, high],
            ],
            ...lineLook(1),
            showSymbol: false,
          },
        ],
      },
    },
    {
      title: 'Residuals by prediction',
      description: 'Predicted less true value: a pattern here means that the model misses something systematic.',
      height: 320,
      option: {
        aria: { enabled: true },
        grid,
        tooltip: { trigger: 'item' },
        xAxis: valueAxis('predicted value', { splitNumber: 4 }),
        yAxis: valueAxis('predicted - true', { nameGap: 48 }),
        series: [
          {
            type: 'scatter',
            name: 'rows',
            symbolSize: 6,
            itemStyle: { opacity: 0.7 },
            data: predicted.map((x, i) => [x, x - actual[i]!]),
            markLine: { symbol: 'none', data: [{ yAxis: 0 }], label: { show: false } },
          },
        ],
      },
    },
    {
      title: 'Residuals',
      description: `Typical error ${figure(report.rmse)} (RMSE); always saying the mean would give ${figure(report.baseline)}.`,
      height: 300,
      option: histogramOption(report.residuals, 'predicted - true'),
    },
  ];
}

export function evaluationCharts(report: EvaluationReport): Chart[] {
  if (report.task === 'regression') return regressionCharts(report);
  return report.roc ? [confusionChart(report), rocChart(report.roc)] : [confusionChart(report)];
}
