// The charting code that pages carry inside them, and that Node loads to draw SVG: only the parts of Apache ECharts that
// our charts use. scripts/build-client.mjs bundles it into dist/report/client.js.
import { BarChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  DatasetComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import { drawMaps } from './map';

echarts.use([
  BarChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  DatasetComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
  SVGRenderer,
]);

type Option = Record<string, unknown>;

interface PageCharts {
  palettes: { light: string[]; dark: string[] };
  charts: { id: string; option: Option }[];
}

/** From nothing to all of it, away from the ground of the page. */
const SHADES = {
  light: ['#f4f7fa', '#9cc4de', '#2f7fb5', '#0b3c5d'],
  dark: ['#1a212b', '#1f4a68', '#2f7fb5', '#a6d8f5'],
};

/** The parts of a theme that differ between light and dark pages. */
function theme(palette: string[], dark: boolean): Option {
  const text = dark ? '#e6e9ee' : '#1d2430';
  const faint = dark ? '#39414f' : '#d9dee6';
  const axis = {
    axisLine: { lineStyle: { color: text } },
    axisLabel: { color: text },
    nameTextStyle: { color: text },
    splitLine: { lineStyle: { color: faint } },
    splitArea: { areaStyle: { color: ['transparent'] } },
  };
  return {
    color: palette,
    backgroundColor: 'transparent',
    textStyle: { color: text, fontFamily: 'system-ui, sans-serif' },
    legend: { textStyle: { color: text } },
    visualMap: { textStyle: { color: text }, inRange: { color: dark ? SHADES.dark : SHADES.light } },
    heatmap: {
      label: { color: text, backgroundColor: dark ? '#12161d' : '#ffffff' },
      itemStyle: { borderWidth: 1, borderColor: faint },
    },
    tooltip: { backgroundColor: dark ? '#1d2430' : '#ffffff', textStyle: { color: text }, borderColor: faint },
    categoryAxis: axis,
    valueAxis: axis,
    markLine: { lineStyle: { color: text }, label: { color: text } },
  };
}

/** An option as a standalone SVG of the given size in pixels; needs no browser. */
export function renderSvg(option: Option, width: number, height: number, palette: string[]): string {
  const chart = echarts.init(null, theme(palette, false), { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ ...option, animation: false });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function drawCharts(page: PageCharts): () => void {
  let drawn: echarts.ECharts[] = [];
  const draw = () => {
    for (const chart of drawn) chart.dispose();
    drawn = page.charts.map(({ id, option }) => {
      const palette = isDark() ? page.palettes.dark : page.palettes.light;
      const chart = echarts.init(document.getElementById(id), theme(palette, isDark()), { renderer: 'canvas' });
      chart.setOption(option);
      return chart;
    });
  };
  draw();
  addEventListener('resize', () => {
    for (const chart of drawn) chart.resize();
  });
  return draw;
}

/** Draws every chart and map whose data the page holds, again when the theme or the width changes. */
export function drawPage(): void {
  const source = document.getElementById('charts');
  if (!source) return;
  const page = JSON.parse(source.textContent ?? '') as PageCharts;
  const redrawCharts = drawCharts(page);
  const redrawMaps = drawMaps(page.palettes, isDark);
  const redraw = () => {
    redrawCharts();
    redrawMaps();
  };
  addEventListener('resize', redrawMaps);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  document.getElementById('theme')?.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    redraw();
  });
}
