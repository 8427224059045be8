import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderPage, renderReport } from '../../lib/report';
import { describeWithBrowser, renderedDom, screenshot } from '../helpers/browser';
import { cloudMap, sampleReport } from '../unit/report/sample';

describeWithBrowser('the report page in a browser', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-report-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['classification', 'regression'] as const)('%s: every chart is drawn', (task) => {
    const file = path.join(folder, `${task}.html`);
    writeFileSync(file, renderReport(sampleReport(task)));
    const dom = renderedDom(file).replace(/<script[\s\S]*?<\/script>/g, '');
    const charts = dom.match(/class="chart"/g)!.length;
    expect(charts).toBeGreaterThanOrEqual(4);
    expect(dom.match(/class="chart"[^>]*_echarts_instance_/g)).toHaveLength(charts);
    expect(dom.match(/<canvas/g)!.length).toBeGreaterThanOrEqual(charts);
  });

  test('maps in two and three dimensions get a legend, and a player when there is something to play', () => {
    const file = path.join(folder, 'maps.html');
    const still = { ...cloudMap(2), frames: [] };
    writeFileSync(file, renderPage('Maps', '', [{ title: 'Maps', maps: [cloudMap(2, 70_000), cloudMap(3), still] }]));
    const dom = renderedDom(file);
    expect(dom.match(/class="key"/g)).toHaveLength(9);
    expect(dom.match(/class="player" hidden/g)).toHaveLength(1);
    expect(dom).toContain('a (23334)');
  });

  test('light and dark are two pictures', () => {
    const shots = ['light', 'dark'].map((theme) => {
      const file = path.join(folder, `${theme}.html`);
      const png = path.join(folder, `${theme}.png`);
      writeFileSync(
        file,
        renderReport(sampleReport('classification')).replace(
          '<html lang="en">',
          `<html lang="en" data-theme="${theme}">`,
        ),
      );
      screenshot(file, png);
      expect(statSync(png).size).toBeGreaterThan(20_000);
      return readFileSync(png);
    });
    expect(shots[0]!.equals(shots[1]!)).toBe(false);
  });
});
