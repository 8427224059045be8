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
