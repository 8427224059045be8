import { renderReport } from '../../../lib/report';
import { trainingCharts } from '../../../lib/report/charts/training';
import { sampleReport } from './sample';

describe('renderReport', () => {
  const page = renderReport(sampleReport('classification'));

  test('is self-contained: no address is loaded from', () => {
    const outside = page.replace(/<script>[\s\S]*?<\/script>/, '').match(/(src|href)\s*=|url\((?!#)|@import/g);
    expect(outside).toBeNull();
  });

  test('keeps names from becoming markup', () => {
    expect(page).not.toContain('<b>.csv');
    expect(page).toContain('flowers &lt;/script&gt;&lt;b&gt;.csv');
    expect(page.match(/<\/script>/g)).toHaveLength(3);
  });

  test('marks what can be typed in findings, and keeps it from becoming markup', () => {
    expect(page).toContain('Column <code>x</code> never changes.');
    const report = sampleReport('regression');
    report.findings![0]!.advice = 'Leave it out (`--exclude <b>`).';
    expect(renderReport(report)).toContain('Leave it out (<code>--exclude &lt;b&gt;</code>).');
  });

  test('says in words what the charts show', () => {
    expect(page).toContain('3 of 30 rows were given the wrong class');
    expect(page).toContain('&lt;no&gt; taken for yes (2)');
    expect(page).toContain('Area under the curve 0.95');
    expect(page).toContain('the model holds the weights of epoch 4');
    expect(page).toContain('early stopping');
  });

  test('holds a static drawing of every chart for readers without scripts', () => {
    const charts = page.match(/class="chart"/g) ?? [];
    expect(charts.length).toBe(4);
    expect(page.match(/<noscript><svg/g)).toHaveLength(charts.length);
  });

  test('a regression report has its three charts and no confusion matrix', () => {
    const regression = renderReport(sampleReport('regression'));
    expect(regression).toContain('Predicted against true');
    expect(regression).toContain('Residuals by prediction');
    expect(regression).not.toContain('Confusion matrix');
  });

  test('an evaluation without training has no curves', () => {
    const report = sampleReport('classification');
    delete report.training;
    expect(renderReport(report)).not.toContain('Loss over');
  });
});

test('a curve with a missing value stays as long as the others', () => {
  const training = sampleReport('regression').training!;
  training.curves.valLoss = [null, 0.8, null, 0.6, 0.61, 0.63];
  const [loss] = trainingCharts(training);
  const series = loss!.option.series as { data: unknown[] }[];
  expect(series.map((one) => one.data.length)).toEqual([6, 6]);
});

test('dates are written as days, whole numbers with marks; no findings where nobody looked', () => {
  const report = sampleReport('regression');
  const at = (text: string) => Date.parse(`${text}T00:00:00Z`);
  const [min, max, mean, median] = ['2020-01-05', '2021-03-04', '2020-07-01', '2020-06-30'].map(at);
  const std = 86_400_000 * 12.5;
  const histogram = { edges: [min, max], counts: [1234] };
  const numeric = { min, max, mean, std, median, histogram };
  const column = { name: 'since', type: 'date', role: 'feature', missing: 0, distinct: 1234, numeric } as const;
  const { findings: _, ...rest } = report;
  const page = renderReport({ ...rest, data: { ...report.data, columns: [column] } });
  expect(page).toContain('2020-01-05 to 2021-03-04, mean 2020-07-01, sd 12.5 days, median 2020-06-30');
  expect(page).toContain('Histogram from 2020-01-05 to 2021-03-04');
  expect(page).toContain('>1,234<');
  expect(page).not.toContain("data doctor's findings");
  expect(page).not.toContain(String(min));
});
