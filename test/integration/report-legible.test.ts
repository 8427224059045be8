// Texts of charts must not lie upon each other, neither on a wide page nor on a phone.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { evaluationCharts } from '../../lib/report/charts/evaluation';
import { trainingCharts } from '../../lib/report/charts/training';
import { chartSvg } from '../../lib/report/page';
import type { ClassificationReport, RegressionReport } from '../../lib/report/types';
import { describeWithBrowser, renderedDom } from '../helpers/browser';
import { temporaryFolder } from '../helpers/files';
import { sampleReport } from '../unit/report/sample';

/** A report of so many classes, whose names are made by `name`. */
function classes(count: number, name: (i: number) => string): ClassificationReport {
  const sample = sampleReport('classification').evaluations[0] as ClassificationReport;
  const { roc: _, ...rest } = sample;
  const all = Array.from({ length: count }, (_, i) => i);
  return { ...rest, classes: all.map(name), confusion: all.map((i) => all.map((j) => (i === j ? 1234 : (i + j) % 3))) };
}

/** Amounts of money, whose labels are wide. */
function prices(): RegressionReport {
  const sample = sampleReport('regression').evaluations[0] as RegressionReport;
  const money = (values: number[]) => values.map((value) => 500_000 + 900_000 * value);
  return {
    ...sample,
    points: { actual: money(sample.points.actual), predicted: money(sample.points.predicted) },
    residuals: { ...sample.residuals, edges: sample.residuals.edges.map((edge) => 123_456.7 * edge) },
  };
}

/** Finds the pairs of texts that cover each other, and texts that leave their picture. */
const SCRIPT = `
const found = [];
for (const svg of document.querySelectorAll('svg')) {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
  for (const [i, [a, p]] of boxes.entries()) {
    if (p.left < frame.left - 1 || p.right > frame.right + 1) found.push('outside: ' + a);
    for (const [b, q] of boxes.slice(i + 1)) {
      const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (wide > 1 && high > 3) found.push(a + ' upon ' + b);
    }
  }
}
document.body.dataset.found = JSON.stringify(found);
document.body.dataset.texts = document.querySelectorAll('text').length;`;

describeWithBrowser('texts of charts', () => {
  const folder = temporaryFolder();
  const training = sampleReport('classification').training!;
  const charts = [
    ...trainingCharts(training),
    ...evaluationCharts(prices()),
    ...evaluationCharts(
      classes(5, (i) => `${['Hydrangea', 'Lavandula', 'Rosmarinus', 'Thymus', 'Salvia'][i]} officinalis`),
    ),
    ...evaluationCharts(classes(12, (i) => `class_${i}`)),
    ...evaluationCharts(classes(40, (i) => `class_${i}`)),
  ];

  test.each([
    ['of a page of 1280 px', 560],
    ['of a page of 420 px', 340],
  ])('do not overlap in charts %s', (_, width) => {
    const file = path.join(folder, `${width}.html`);
    const pictures = charts.map((chart) => chartSvg(chart, width)).join('\n');
    writeFileSync(file, `<!doctype html><meta charset="utf-8"><body>${pictures}<script>${SCRIPT}</script>`);
    const dom = renderedDom(file);
    const found = /data-found="([^"]*)"/.exec(dom)?.[1].replace(/&quot;/g, '"');
    expect(Number(/data-texts="(\d+)"/.exec(dom)?.[1])).toBeGreaterThan(100);
    expect(JSON.parse(found!)).toEqual([]);
  });

  test('name every class of a confusion matrix', () => {
    for (const width of [560, 340]) {
      const svg = chartSvg(evaluationCharts(classes(5, (i) => `variety number ${i}`))[0], width);
      for (let i = 0; i < 5; i++) expect(svg.split(`variety number ${i}`).length - 1).toBe(2);
    }
  });
});
