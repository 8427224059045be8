// The colours of charts and maps (lib/report/charts/option.ts): ten for light pages and ten for dark ones, as far apart
// as can be for every colour vision.
//
//   node scripts/palette.mjs search light|dark   searches, and prints what it found (some seconds, always the same)
//   node scripts/palette.mjs measure             reads { colors, background } from standard input, prints the figures
//   node scripts/palette.mjs difference          reads pairs of CIELAB colours, prints their CIEDE2000 differences
import { readFileSync } from 'node:fs';
import { random } from './lib/random.mjs';

/**
 * The first two colours are given: Okabe and Ito's blue and vermilion (2008, "Color universal design"), lighter on dark
 * pages. Lightness (CIELAB) leaves out what looks like the text or the page; colours are to look like colours.
 */
const THEMES = {
  light: { background: '#ffffff', first: ['#0072b2', '#d55e00'], lightness: [24, 62] },
  dark: { background: '#1d2430', first: ['#56b4e9', '#ff8c42'], lightness: [44, 90] },
};
const LEAST_CHROMA = 24;
/** WCAG 2.1, 1.4.11: graphical objects have at least this contrast. */
const LEAST_CONTRAST = 3;
const COUNT = 10;

/** Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency". */
const VISIONS = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const toLinear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const toRgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
const toHex = (rgb) =>
  `#${rgb
    .map((v) =>
      Math.round(v * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

const luminance = (rgb) => {
  const [r, g, b] = rgb.map(toLinear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

/** CIELAB (D65) of an sRGB colour as someone with a vision sees it. */
function labOf(rgb, vision) {
  const [r, g, b] = rgb.map(toLinear);
  const [lr, lg, lb] = [0, 3, 6].map((row) => {
    const seen = vision[row] * r + vision[row + 1] * g + vision[row + 2] * b;
    return Math.min(1, Math.max(0, seen));
  });
  const x = (0.4124564 * lr + 0.3575761 * lg + 0.1804375 * lb) / 0.95047;
  const y = 0.2126729 * lr + 0.7151522 * lg + 0.072175 * lb;
  const z = (0.0193339 * lr + 0.119192 * lg + 0.9503041 * lb) / 1.08883;
  const [fx, fy, fz] = [x, y, z].map((t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116));
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula". */
function ciede2000([L1, a1, b1], [L2, a2, b2]) {
  const degrees = (radians) => (radians * 180) / Math.PI;
  const [sin, cos] = [(d) => Math.sin((d * Math.PI) / 180), (d) => Math.cos((d * Math.PI) / 180)];
  const mean7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7;
  const G = 0.5 * (1 - Math.sqrt(mean7 / (mean7 + 25 ** 7)));
  const [p1, p2] = [(1 + G) * a1, (1 + G) * a2];
  const [C1, C2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const hue = (a, b) => (a === 0 && b === 0 ? 0 : (degrees(Math.atan2(b, a)) + 360) % 360);
  const [h1, h2] = [hue(p1, b1), hue(p2, b2)];
  const [dL, dC] = [L2 - L1, C2 - C1];
  let dh = C1 * C2 === 0 ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  else if (dh < -180) dh += 360;
  const dH = 2 * Math.sqrt(C1 * C2) * sin(dh / 2);
  const [L, C] = [(L1 + L2) / 2, (C1 + C2) / 2];
  let h = h1 + h2;
  if (C1 * C2 !== 0) {
    if (Math.abs(h1 - h2) <= 180) h /= 2;
    else h = h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  }
  const T = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
  const turn = 30 * Math.exp(-(((h - 275) / 25) ** 2));
  const RT = -2 * Math.sqrt(C ** 7 / (C ** 7 + 25 ** 7)) * sin(2 * turn);
  const SL = 1 + (0.015 * (L - 50) ** 2) / Math.sqrt(20 + (L - 50) ** 2);
  const [SC, SH] = [1 + 0.045 * C, 1 + 0.015 * C * T];
  return Math.sqrt((dL / SL) ** 2 + (dC / SC) ** 2 + (dH / SH) ** 2 + RT * (dC / SC) * (dH / SH));
}

const visions = Object.values(VISIONS);
const appearance = (rgb) => visions.map((vision) => labOf(rgb, vision));
/** The least difference of two colours over the visions. */
const apart = (a, b) => a.reduce((least, lab, v) => Math.min(least, ciede2000(lab, b[v])), Infinity);

function measure({ colors, background }) {
  const rgb = colors.map(toRgb);
  const least = (vision) => {
    const labs = rgb.map((color) => labOf(color, vision));
    let smallest = Infinity;
    for (let i = 0; i < labs.length; i++) {
      for (let j = 0; j < i; j++) smallest = Math.min(smallest, ciede2000(labs[i], labs[j]));
    }
    return smallest;
  };
  const differences = Object.fromEntries(Object.entries(VISIONS).map(([name, vision]) => [name, least(vision)]));
  return { differences, contrast: Math.min(...rgb.map((color) => contrast(color, toRgb(background)))) };
}

/** Moves one colour at a time so that its nearest pair parts, from many starts, with steps that get shorter. */
function search({ background, first, lightness: [darkest, lightest] }) {
  const ground = toRgb(background);
  const draw = random(7);
  const fits = (rgb) => {
    const [L, a, b] = labOf(rgb, VISIONS.normal);
    return L >= darkest && L <= lightest && Math.hypot(a, b) >= LEAST_CHROMA && contrast(rgb, ground) >= LEAST_CONTRAST;
  };
  const printable = (rgb) => rgb.map((v) => Math.round(255 * Math.min(1, Math.max(0, v))) / 255);
  let best = { least: 0, colors: [] };
  for (let start = 0; start < 160; start++) {
    const colors = first.map((hex) => ({ rgb: toRgb(hex), seen: appearance(toRgb(hex)) }));
    while (colors.length < COUNT) {
      const rgb = printable([draw(), draw(), draw()]);
      if (fits(rgb)) colors.push({ rgb, seen: appearance(rgb) });
    }
    const nearest = (i, seen) => colors.reduce((d, c, j) => (j === i ? d : Math.min(d, apart(seen, c.seen))), Infinity);
    const steps = 6000;
    for (let step = 0; step < steps; step++) {
      const i = first.length + Math.floor(draw() * (COUNT - first.length));
      const reach = 0.5 * (1 - step / steps) ** 2 + 0.01;
      const rgb = printable(colors[i].rgb.map((v) => v + reach * (2 * draw() - 1)));
      if (!fits(rgb)) continue;
      const seen = appearance(rgb);
      if (nearest(i, seen) >= nearest(i, colors[i].seen)) colors[i] = { rgb, seen };
    }
    const least = Math.min(...colors.map((c, i) => nearest(i, c.seen)));
    if (least > best.least) best = { least, colors };
  }
  return inOrder(best.colors, first.length).map(({ rgb }) => toHex(rgb));
}

/** Few classes get the colours that lie farthest apart: after the given ones always the farthest from those before. */
function inOrder(colors, given) {
  const order = colors.slice(0, given);
  const rest = colors.slice(given);
  while (rest.length > 0) {
    const distance = (c) => Math.min(...order.map((o) => apart(o.seen, c.seen)));
    rest.sort((a, b) => distance(b) - distance(a));
    order.push(rest.shift());
  }
  return order;
}

const [task, theme] = process.argv.slice(2);
const input = () => JSON.parse(readFileSync(0, 'utf8'));
if (task === 'search' && theme in THEMES) {
  const colors = search(THEMES[theme]);
  console.log(JSON.stringify({ colors, ...measure({ colors, background: THEMES[theme].background }) }, null, 2));
} else if (task === 'measure') console.log(JSON.stringify(measure(input())));
else if (task === 'difference') console.log(JSON.stringify(input().map(([a, b]) => ciede2000(a, b))));
else {
  console.error('Usage: node scripts/palette.mjs search light|dark, measure or difference; see its first lines.');
  process.exitCode = 2;
}
