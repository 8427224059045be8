import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError } from '../errors';
import { checkKeys } from '../validate';
import { type Chart, palettes } from './charts/option';
import { escapeHtml, scriptJson } from './html';
import type { PointMap } from './map';
import { encodeMap, mapFigure } from './mapPage';
import { style } from './style';

interface ClientBundle {
  renderSvg(option: object, width: number, height: number, palette: string[]): string;
}

/** Made by the build (scripts/build-client.mjs); this path is right from dist/report and from lib/report alike. */
const bundlePath = path.join(__dirname, '../../dist/report/client.js');

/** A chart as a standalone SVG; `width` in pixels. */
export function chartSvg(chart: Chart, width = 720): string {
  const client = require(bundlePath) as ClientBundle;
  return client.renderSvg(chart.option, width, chart.height, palettes.light);
}

/** One part of a page: its own HTML, then its maps, then its charts. */
export interface Section {
  title: string;
  html?: string;
  charts?: Chart[];
  maps?: PointMap[];
}

function figure(chart: Chart, id: string): string {
  return `<figure>
<figcaption><strong>${escapeHtml(chart.title)}.</strong> ${escapeHtml(chart.description)}</figcaption>
<div class="chart" id="${id}" role="img" aria-label="${escapeHtml(`${chart.title}. ${chart.description}`)}" style="height:${chart.height}px"></div>
<noscript>${chartSvg(chart)}</noscript>
</figure>`;
}

/** What drawPage does on a page with nothing to draw: the bundle has half a megabyte, this has not. */
const THEME_SCRIPT = `document.getElementById('theme').addEventListener('click', () => {
const { dataset } = document.documentElement;
const dark = dataset.theme ? dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
dataset.theme = dark ? 'light' : 'dark';
});`;

/** The data of charts and maps, and the script that draws them. */
function drawing(charts: readonly object[], maps: readonly object[]): string {
  const script = readFileSync(bundlePath, 'utf8').replace(/<\/script/gi, '<\\/script');
  return `<script type="application/json" id="charts">${scriptJson({ palettes, charts })}</script>
<script type="application/json" id="maps">${scriptJson(maps)}</script>
<script>${script}
hebbCharts.drawPage();</script>`;
}

/** A whole page in one file: style, script and data inside, nothing loaded from anywhere. */
export function renderPage(title: string, subtitle: string, sections: Section[]): string {
  const charts: { id: string; option: object }[] = [];
  const maps: object[] = [];
  const body = sections.map((section, s) => {
    const figures = (section.charts ?? []).map((chart, c) => {
      const id = `chart-${s}-${c}`;
      charts.push({ id, option: chart.option });
      return figure(chart, id);
    });
    const drawings = (section.maps ?? []).map((map, m) => {
      const id = `map-${s}-${m}`;
      maps.push(encodeMap(map, id));
      return mapFigure(map, id);
    });
    return `<section>
<h2>${escapeHtml(section.title)}</h2>
${section.html ?? ''}
<div class="charts">${[...drawings, ...figures].join('\n')}</div>
</section>`;
  });
  const drawn = charts.length + maps.length > 0 ? drawing(charts, maps) : `<script>${THEME_SCRIPT}</script>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(subtitle)}</p>
<button id="theme" type="button">Light / dark</button>
</header>
<main>
${body.join('\n')}
</main>
${drawn}
</body>
</html>
`;
}

/**
 * A page with interactive maps side by side: zoom, hover, classes that a legend switches on all of them, maps that turn,
 * animations; light and dark. One file that loads nothing.
 *
 *     await writeFile('map.html', renderMap(pointMap(embedding, { labels: y }), { title: 'Digits' }));
 *
 * @param maps one map or some, of `pointMap`
 * @param options.title of the page; default the title of the first map
 * @param options.subtitle a line under it
 * @throws ArgumentError without a map, ShapeError on one whose parts do not fit together
 */
export function renderMap(
  maps: PointMap | readonly PointMap[],
  options: { title?: string; subtitle?: string } = {},
): string {
  checkKeys(options, ['title', 'subtitle'], 'renderMap');
  const all = Array.isArray(maps) ? (maps as readonly PointMap[]) : [maps as PointMap];
  if (all.length === 0) throw new ArgumentError('Expected at least one map, received none.');
  const { title = all[0].title, subtitle = '' } = options;
  return renderPage(title, subtitle, [{ title: all.length === 1 ? 'Map' : 'Maps', maps: [...all] }]);
}
