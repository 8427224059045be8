// What points of a map look like: forms, colours of classes, colours of numbers. Pages and SVG pictures share it, so it
// needs neither Node nor a browser.

/** A closed line of corners inside the square from -1 to 1; x to the right, y up. */
type Outline = readonly (readonly [number, number])[];

const around = (corners: number, turn: number, reach: (i: number) => number = () => 1): Outline =>
  Array.from({ length: corners }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / corners;
    return [reach(i) * Math.cos(angle), reach(i) * Math.sin(angle)] as const;
  });

/** A plus of arms 2 w wide, turned by an angle. */
const plus = (w: number, turn: number): Outline => {
  const quarter = [
    [1, -w],
    [1, w],
    [w, w],
  ];
  return [0, 1, 2, 3].flatMap((k) => {
    const [c, s] = [Math.cos(turn + (k * Math.PI) / 2), Math.sin(turn + (k * Math.PI) / 2)];
    return quarter.map(([x, y]) => [x * c - y * s, x * s + y * c] as const);
  });
};

const UP = Math.PI / 2;

/** Circle, square, triangle, diamond, plus, cross, triangle that stands on its tip, star, hexagon, hourglass. */
const OUTLINES: readonly Outline[] = [
  around(20, 0),
  around(4, Math.PI / 4),
  around(3, UP),
  around(4, 0, (i) => (i % 2 === 0 ? 0.75 : 1.1)),
  plus(0.36, 0),
  plus(0.36, Math.PI / 4),
  around(3, -UP),
  around(10, UP, (i) => (i % 2 === 0 ? 1 : 0.45)),
  around(6, 0),
  [
    [-1, 1],
    [1, 1],
    [0.15, 0],
    [1, -1],
    [-1, -1],
    [-0.15, 0],
  ],
];

function area(outline: Outline): number {
  let sum = 0;
  for (const [i, [x, y]] of outline.entries()) {
    const [u, v] = outline[(i + 1) % outline.length];
    sum += x * v - u * y;
  }
  return Math.abs(sum) / 2;
}

/** The forms, each with the area of a circle of radius 1. */
export const MARKS: readonly Outline[] = OUTLINES.map((outline) => {
  const factor = Math.sqrt(Math.PI / area(outline));
  return outline.map(([x, y]) => [x * factor, y * factor] as const);
});

/** The form of a class. */
export const markOf = (label: number): Outline => MARKS[label % MARKS.length];

/** Whether a place lies inside a form (even-odd rule). */
export function inside(outline: Outline, x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [[ax, ay], [bx, by]] = [outline[i], outline[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

const short = (value: number) => String(Number(value.toFixed(2)));

/** The commands that draw a form of a radius, after a move to its middle, in an SVG path (y down). */
export function markPath(outline: Outline, radius: number): string {
  let [x, y] = [0, 0];
  const steps = outline.map(([u, v]) => {
    const step = [u * radius - x, -v * radius - y];
    [x, y] = [u * radius, -v * radius];
    return step.map(short).join(' ');
  });
  const [first, ...rest] = steps;
  return `m${first}l${rest.join(' ')}z`;
}

/** Colours of classes, grey for noise; beyond the palette hues by the golden angle, far from their neighbours. */
export function classColor(palette: readonly string[], label: number, dark: boolean, noise?: number): string {
  if (label === noise) return missingColor(dark);
  return palette[label] ?? hsl((label * 137.508) % 360, 0.7, dark ? 0.68 : 0.4);
}

function hex(rgb: readonly number[]): string {
  return `#${rgb
    .map((v) =>
      Math.round(255 * Math.min(1, Math.max(0, v)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

function hsl(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  return hex(
    [0, 8, 4].map((n) => {
      const k = (n + hue / 30) % 12;
      return lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    }),
  );
}

/** sRGB of Oklab (Ottosson 2020). */
function oklab(L: number, a: number, b: number): string {
  const [l, m, s] = [
    (L + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (L - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (L - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ];
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return hex(linear.map((v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.max(v, 0) ** (1 / 2.4) - 0.055)));
}

/**
 * The colour of a number, `share` 0 to 1 of the way from the least to the largest: from violet over blue and green to
 * yellow with a lightness that grows evenly, so that the order shows to any colour vision. The ends keep their distance
 * from the page.
 */
export function scaleColor(share: number, dark: boolean): string {
  const [low, high] = dark ? [0.48, 0.95] : [0.28, 0.78];
  const hue = ((300 - 200 * share) * Math.PI) / 180;
  const chroma = 0.11 + 0.05 * share;
  return oklab(low + (high - low) * share, chroma * Math.cos(hue), chroma * Math.sin(hue));
}

/** The colour of a point whose number is missing. */
export const missingColor = (dark: boolean): string => (dark ? '#5b6575' : '#b4bac4');

/** The radius in pixels of a point among so many on a picture `size` pixels wide. */
export function pointRadius(points: number, size: number): number {
  return Math.max(0.85, Math.min(4, size / 6 / Math.sqrt(points)));
}

/** A seeded order of `count` points, in which no class lies on top of another. */
export function shuffledOrder(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = 1;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 4294967296) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

export interface View {
  scale: number;
  /** Of the middle, in pixels. */
  x: number;
  y: number;
  /** Of a map in three dimensions, in radians. */
  yaw: number;
  pitch: number;
}

export const startView = (): View => ({ scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.4 });

/** How much nearer points of a map in three dimensions look larger. */
const PERSPECTIVE = 0.25;

/** The largest distance of points from the middle; values from 0 to 65535 count as -0.5 to 0.5. */
export function reachOf(frame: Uint16Array, dimensions: number): number {
  let most = 0;
  for (let i = 0; i < frame.length; i += dimensions) {
    let sum = 0;
    for (let c = 0; c < dimensions; c++) sum += (frame[i + c] / 65535 - 0.5) ** 2;
    most = Math.max(most, sum);
  }
  return Math.sqrt(most) || 0.5;
}

/**
 * Places of points on a picture. `frame` holds points x dimensions values from 0 to 65535; `screen` gets x and y of each
 * in pixels, y down; `depth` gets 0 (far) to 1 (near), for three dimensions, where everything within `reach` of the
 * middle stays on the picture however it is turned.
 */
export function project(
  frame: Uint16Array,
  dimensions: number,
  reach: number,
  { scale, x, y, yaw, pitch }: View,
  width: number,
  height: number,
  screen: Float32Array,
  depth: Float32Array,
): void {
  const fit = dimensions === 3 ? (0.5 - PERSPECTIVE / 8) / reach : 1;
  const size = 0.94 * Math.min(width, height) * scale * fit;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const [left, top] = [width / 2 + x, height / 2 + y];
  const points = frame.length / dimensions;
  for (let i = 0; i < points; i++) {
    let u = frame[i * dimensions] / 65535 - 0.5;
    let v = frame[i * dimensions + 1] / 65535 - 0.5;
    if (dimensions === 3) {
      const w = frame[i * 3 + 2] / 65535 - 0.5;
      const turned = w * cy - u * sy;
      const near = (v * sp + turned * cp) / reach;
      const grown = 1 / (1 - PERSPECTIVE * near);
      u = (u * cy + w * sy) * grown;
      v = (v * cp - turned * sp) * grown;
      depth[i] = Math.min(1, Math.max(0, (1 + near) / 2));
    }
    screen[2 * i] = left + u * size;
    screen[2 * i + 1] = top - v * size;
  }
}
