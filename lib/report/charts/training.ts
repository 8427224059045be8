import { figure } from '../format';
import type { TrainingCurves } from '../types';
import { type Chart, grid, lineLook, valueAxis } from './option';

const losses = ['loss', 'valLoss'];
const labels: Record<string, string> = {
  loss: 'training loss',
  valLoss: 'validation loss',
  accuracy: 'training accuracy',
  valAccuracy: 'validation accuracy',
  r2: 'training R2',
  valR2: 'validation R2',
};

function curveChart(
  title: string,
  axis: string,
  training: TrainingCurves,
  names: string[],
  description: string,
): Chart {
  const series = names.map((name, i) => ({
    type: 'line',
    name: labels[name] ?? name,
    data: (training.curves[name] ?? []).map((value, epoch) => [epoch + 1, value]),
    showSymbol: training.epochs <= 40,
    ...lineLook(i),
    ...(i === 0 && {
      markLine: {
        symbol: 'none',
        label: { formatter: 'kept', position: 'insideEndTop' },
        lineStyle: { type: 'dashed', width: 1 },
        data: [{ xAxis: training.bestEpoch + 1 }],
      },
    }),
  }));
  return {
    title,
    description,
    height: 320,
    option: {
      aria: { enabled: true },
      grid,
      legend: { top: 4 },
      tooltip: { trigger: 'axis' },
      xAxis: valueAxis('epoch', { minInterval: 1, min: 1, max: Math.max(2, training.epochs) }),
      yAxis: valueAxis(axis, { nameGap: 44 }),
      series,
    },
  };
}

function last(values: (number | null)[] | undefined): string {
  const value = values?.at(-1);
  return value === null || value === undefined ? 'n/a' : figure(value);
}

/** Loss curves, and the curves of the other metrics when there are any; the kept epoch is marked. */
export function trainingCharts(training: TrainingCurves): Chart[] {
  const has = (name: string) => training.curves[name] !== undefined;
  const lossNames = losses.filter(has);
  const metricNames = Object.keys(training.curves).filter((name) => !losses.includes(name) && name !== 'learningRate');
  const charts = [
    curveChart(
      'Loss',
      'loss',
      training,
      lossNames,
      `Loss over ${training.epochs} epochs, ${last(training.curves.loss)} at the end; ` +
        `the model holds the weights of epoch ${training.bestEpoch + 1}.`,
    ),
  ];
  if (metricNames.length > 0) {
    const ends = metricNames.map((name) => `${labels[name] ?? name} ${last(training.curves[name])}`).join(', ');
    charts.push(curveChart('Metrics', 'metric', training, metricNames, `At the last epoch: ${ends}.`));
  }
  return charts;
}
