/**
 * Charts as plain JSON options of Apache ECharts: the same object draws the interactive chart of a page and, on the
 * server, an SVG. Nothing in an option may be a function. Colours come from the theme, so that light and dark pages
 * share the options.
 */
export type ChartOption = Record<string, unknown>;

/** A chart of a page. */
export interface Chart {
  title: string;
  /** One sentence for people who cannot see the chart, and for everyone else under it. */
  description: string;
  /** CSS pixels. */
  height: number;
  option: ChartOption;
}

/**
 * Ten colours for light pages and ten for dark ones: after Okabe and Ito's blue and vermilion those that lie farthest
 * apart (least CIEDE2000 difference above 14) for normal vision and for all three kinds of colour blindness, as
 * scripts/palette.mjs finds them.
 */
export const palettes = {
  light: ['#0072b2', '#d55e00', '#6d1928', '#8e5868', '#4c2f51', '#ac0200', '#7e9770', '#b886a0', '#1d00c1', '#039bf4'],
  dark: ['#56b4e9', '#ff8c42', '#cb039e', '#4b8c70', '#5c7600', '#c8eea9', '#39fae3', '#935aff', '#fa045c', '#b687a4'],
};

/** What tells series apart without colour: the dash of a line and the form of its points. */
const dashes = ['solid', 'dashed', 'dotted', [8, 3, 2, 3], [12, 4]];
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle'];
export const lineLook = (i: number) => ({
  symbol: symbols[i % symbols.length],
  symbolSize: 6,
  lineStyle: { width: 2, type: dashes[i % dashes.length] },
});

/** Axis labels and names are kept inside the chart. */
export const grid = { left: 8, right: 24, top: 40, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'all' };

/** An axis of numbers with its name in the middle. */
export function valueAxis(name: string, extra: ChartOption = {}): ChartOption {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap: 28,
    scale: true,
    axisLabel: { hideOverlap: true },
    ...extra,
  };
}
