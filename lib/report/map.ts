import { ArgumentError, ShapeError } from '../errors';
import { palettes } from './charts/option';
import { escapeHtml } from './html';

/** Points to be drawn, with what is known of each. */
export interface PointMap {
  title: string;
  /** Row-major, points x dimensions. */
  points: Float32Array;
  /** 2, or 3 for a map that turns. */
  dimensions: 2 | 3;
  /** Names of the classes; the legend switches them on and off. */
  classes?: string[];
  /** Class of each point, an index into `classes`. */
  classOf?: ArrayLike<number>;
  /** What hovering says of each point. */
  labels?: string[];
  /** Earlier states of the map, oldest first, to be played as an animation that ends with `points`. */
  frames?: { name: string; points: Float32Array }[];
}

function checkMap(map: PointMap): number {
  const { points, dimensions, classes, classOf } = map;
  if (dimensions !== 2 && dimensions !== 3) {
    throw new ArgumentError(`Expected \`dimensions\` of a map to be 2 or 3, received ${String(dimensions)}.`);
  }
  const count = points.length / dimensions;
  if (!Number.isInteger(count)) {
    throw new ShapeError(`Expected \`points\` to hold ${dimensions} values a point, received ${points.length} values.`);
  }
  for (const [i, frame] of (map.frames ?? []).entries()) {
    if (frame.points.length !== points.length) {
      throw new ShapeError(
        `Expected frame ${i} to hold ${points.length} values as the map does, received ${frame.points.length}.`,
      );
    }
  }
  if (classOf && (!classes || classOf.length !== count)) {
    const received = classes ? `${classOf.length} values` : 'no `classes`';
    throw new ShapeError(`Expected \`classOf\` to hold ${count} indices into \`classes\`, received ${received}.`);
  }
  if (classes && classes.length > 65535) {
    throw new ArgumentError(`Expected at most 65535 classes on a map, received ${classes.length}.`);
  }
  return count;
}

/** Coordinates as 0 to 65535 over the largest extent of the frame, centred, the same scale on every axis. */
function quantize(points: Float32Array, dimensions: number): Uint16Array {
  const low = new Array<number>(dimensions).fill(Number.POSITIVE_INFINITY);
  const high = new Array<number>(dimensions).fill(Number.NEGATIVE_INFINITY);
  for (const [i, value] of points.entries()) {
    const axis = i % dimensions;
    if (value < low[axis]!) low[axis] = value;
    if (value > high[axis]!) high[axis] = value;
  }
  const extent = Math.max(...high.map((value, axis) => value - low[axis]!)) || 1;
  const middle = high.map((value, axis) => (value + low[axis]!) / 2);
  return Uint16Array.from(points, (value, i) => Math.round((0.5 + (value - middle[i % dimensions]!) / extent) * 65535));
}

const base64 = (values: Uint16Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** What a page carries of a map (client/map.ts reads it). */
export function encodeMap(map: PointMap, id: string): object {
  const count = checkMap(map);
  const frames = [...(map.frames ?? []), { name: 'result', points: map.points }];
  return {
    id,
    points: count,
    dimensions: map.dimensions,
    frames: frames.map((frame) => base64(quantize(frame.points, map.dimensions))),
    frameNames: frames.map((frame) => frame.name),
    classes: map.classes ?? ['all'],
    classOf: base64(Uint16Array.from(map.classOf ?? new Uint16Array(count))),
    labels: map.labels ?? [],
  };
}

/** The figure that client/map.ts fills. */
export function mapFigure(map: PointMap, id: string): string {
  const how = map.dimensions === 3 ? 'Drag to turn, shift and drag to move' : 'Drag to move';
  return `<figure class="map" id="${id}">
<figcaption><strong>${escapeHtml(map.title)}.</strong> ${how}, wheel to zoom, double click to start over; a click on a class hides it, with shift it shows only that one.</figcaption>
<div class="legend"></div>
<div class="canvas"><canvas role="img" aria-label="${escapeHtml(`${map.title}: a map of ${map.points.length / map.dimensions} points`)}"></canvas><div class="tip" hidden></div></div>
<div class="player" hidden><button type="button">Play</button><input type="range" min="0" value="0" aria-label="frame"><output></output></div>
</figure>`;
}

/** Colour of a class on light pages (client/map.ts draws in the same ones). */
function classColor(label: number): string {
  return palettes.light[label] ?? `hsl(${Math.round((label * 137.508) % 360)}, 70%, 40%)`;
}

function svgLegend(classes: string[], size: number): { svg: string; height: number } {
  if (classes.length < 2) return { svg: '', height: 0 };
  const keys: string[] = [];
  let [x, y] = [16, 0];
  for (const [label, name] of classes.slice(0, 60).entries()) {
    const width = 30 + name.length * 8;
    if (x + width > size - 16 && x > 16) [x, y] = [16, y + 22];
    keys.push(
      `<rect x="${x}" y="${y + 2}" width="12" height="12" rx="3" fill="${classColor(label)}"/>` +
        `<text x="${x + 18}" y="${y + 13}" font-size="14">${escapeHtml(name)}</text>`,
    );
    x += width;
  }
  return { svg: `<g transform="translate(0 44)">${keys.join('')}</g>`, height: y + 30 };
}

/**
 * A map as a standalone SVG of `size` x `size` pixels (its first two axes). One path a class: 70,000 points make a file
 * of about 1.5 MB.
 */
export function mapSvg(map: PointMap, size = 900): string {
  const count = checkMap(map);
  const classes = map.classes ?? ['all'];
  const legend = svgLegend(classes, size);
  const top = 44 + legend.height;
  const place = quantize(map.points, map.dimensions);
  const side = Number(Math.max(1.5, Math.min(7, 260 / Math.sqrt(count))).toFixed(1));
  const extent = size - top - 16;
  const paths = classes.map(() => [] as string[]);
  for (let i = 0; i < count; i++) {
    const x = (size - extent) / 2 + (place[i * map.dimensions]! / 65535) * extent;
    const y = top + (1 - place[i * map.dimensions + 1]! / 65535) * extent;
    paths[map.classOf ? map.classOf[i]! : 0]!.push(
      `M${(x - side / 2).toFixed(1)} ${(y - side / 2).toFixed(1)}h${side}v${side}h-${side}z`,
    );
  }
  const drawn = paths.map((path, label) => `<path fill="${classColor(label)}" d="${path.join('')}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" font-family="sans-serif">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${size / 2}" y="28" font-size="20" text-anchor="middle">${escapeHtml(map.title)}</text>
${legend.svg}
<g fill-opacity="0.75">${drawn.join('\n')}</g>
</svg>
`;
}
