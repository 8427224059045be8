import { assertFinite, type MatrixLike, toMatrix } from '../data';
import { ArgumentError, ShapeError } from '../errors';
import { checkKeys, checkSameRows } from '../validate';

/** Points to be drawn, with what is known of each; `pointMap` makes one of a matrix. */
export interface PointMap {
  /** Stands over the map. */
  title: string;
  /** Row-major, points x dimensions. */
  points: Float32Array;
  /** 2, or 3 for a map that turns. */
  dimensions: 2 | 3;
  /** Names of the classes; the legend switches them on and off. */
  classes?: string[];
  /** Class of each point, an index into `classes`. */
  classOf?: ArrayLike<number>;
  /** The class, an index into `classes`, of points that belong to no group: drawn in grey. */
  noise?: number;
  /** A number of each point, shown by a scale of colours; NaN: none. Instead of classes. */
  values?: { name: string; of: ArrayLike<number> };
  /** What hovering says of each point. */
  labels?: string[];
  /** Earlier states of the map, oldest first, to be played as an animation that ends with `points`. */
  frames?: { name: string; points: Float32Array }[];
}

/** Options of `pointMap`. */
export interface PointMapOptions {
  /** Default 'Map'. */
  title?: string;
  /**
   * A label of each point: its class, each with a colour and a form of its own. More than 20 different numbers are shown
   * by a scale of colours instead.
   */
  labels?: ArrayLike<string | number>;
  /** What the labels are, for the legend of a scale. Default 'value'. */
  labelName?: string;
  /** The label of points that belong to no group, -1 of `DBSCAN`: they are grey, and all labels are classes. */
  noise?: string | number;
  /** What hovering says of each point besides its label and number. */
  hover?: ArrayLike<string>;
  /** Earlier states, as `TSNE` keeps them (`snapshotEvery`): the page plays them as an animation. */
  snapshots?: readonly { iteration: number; embedding: MatrixLike }[];
}

/** Up to so many different numbers are classes. */
const MOST_NUMBER_CLASSES = 20;

/** Names in ascending order, as numbers where all are numbers. */
function sorted(names: Iterable<string>): string[] {
  const all = [...names];
  const numeric = all.every((name) => name.trim() !== '' && Number.isFinite(Number(name)));
  return all.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
}

/** Labels as classes, or as numbers where there are too many different ones. */
export function colorsOf(
  labels: ArrayLike<string | number>,
  name: string,
  noise?: string | number,
): Pick<PointMap, 'classes' | 'classOf' | 'noise' | 'values'> {
  const all = Array.from(labels);
  const different = new Set(all);
  if (noise === undefined && different.size > MOST_NUMBER_CLASSES && all.every((label) => typeof label === 'number')) {
    return { values: { name, of: Float64Array.from(all) } };
  }
  const classes = sorted(new Set(all.map(String)));
  const index = new Map(classes.map((label, i) => [label, i]));
  const grey = index.get(String(noise));
  return {
    classes,
    classOf: Int32Array.from(all, (label) => index.get(String(label)) as number),
    ...(noise !== undefined && grey !== undefined && { noise: grey }),
  };
}

/**
 * Points as `renderMap` and `mapSvg` draw them.
 *
 * @param embedding points x 2 or 3; of more columns the first 2 are drawn
 * @throws ShapeError when labels, hover texts or snapshots do not fit, ArgumentError on unknown options or on a matrix of
 *   one column, NonFiniteError on NaN or Infinity
 */
export function pointMap(embedding: MatrixLike, options: PointMapOptions = {}): PointMap {
  checkKeys(options, ['title', 'labels', 'labelName', 'noise', 'hover', 'snapshots'], 'pointMap');
  const { title = 'Map', labels, labelName = 'value', noise, hover, snapshots = [] } = options;
  const y = toMatrix(embedding, 'embedding');
  if (y.cols < 2) {
    throw new ArgumentError(`Expected \`embedding\` to have 2 or 3 columns, received ${y.cols}.`);
  }
  const dimensions = y.cols === 3 ? 3 : 2;
  assertFinite(y, 'embedding');
  const flat = (matrix: MatrixLike): Float32Array => {
    const m = toMatrix(matrix, 'snapshot');
    assertFinite(m, 'snapshot');
    if (m.rows !== y.rows || m.cols !== y.cols) {
      throw new ShapeError(`Expected snapshots of ${y.rows} x ${y.cols} points, received ${m.rows} x ${m.cols}.`);
    }
    return m.cols === dimensions ? m.data : Float32Array.from({ length: 2 * m.rows }, (_, e) => m.get(e >> 1, e & 1));
  };
  if (labels !== undefined) checkSameRows(labels.length, 'labels', y.rows, 'embedding');
  if (hover !== undefined) checkSameRows(hover.length, 'hover', y.rows, 'embedding');
  const points = flat(y);
  return {
    title,
    points,
    dimensions,
    ...(labels && colorsOf(labels, labelName, noise)),
    ...(hover && { labels: Array.from(hover) }),
    frames: snapshots
      .map(({ iteration, embedding: state }) => ({ name: `iteration ${iteration}`, points: flat(state) }))
      .filter((frame) => frame.points !== points),
  };
}

/** @returns the number of points */
export function checkMap(map: PointMap): number {
  const { points, dimensions, classes, classOf, values } = map;
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
  if (map.noise !== undefined && classes?.[map.noise] === undefined) {
    throw new ArgumentError(
      `Expected \`noise\` to be an index into the ${classes?.length ?? 0} \`classes\` of a map, received ${map.noise}.`,
    );
  }
  if (classes && classes.length > 65535) {
    throw new ArgumentError(`Expected at most 65535 classes on a map, received ${classes.length}.`);
  }
  if (classes && values) throw new ArgumentError('Expected a map with either `classes` or `values`, received both.');
  if (values && values.of.length !== count) {
    throw new ShapeError(`Expected \`values\` to hold ${count} numbers, received ${values.of.length}.`);
  }
  return count;
}

/** The middle of a map on each axis and the largest extent, over all of its frames: one scale for all of them. */
interface Extent {
  middle: number[];
  size: number;
}

export function extentOf(frames: readonly Float32Array[], dimensions: number): Extent {
  const low = new Array<number>(dimensions).fill(Number.POSITIVE_INFINITY);
  const high = new Array<number>(dimensions).fill(Number.NEGATIVE_INFINITY);
  for (const points of frames) {
    for (let i = 0; i < points.length; i++) {
      const [axis, value] = [i % dimensions, points[i]];
      if (value < low[axis]) low[axis] = value;
      if (value > high[axis]) high[axis] = value;
    }
  }
  return {
    middle: high.map((value, axis) => (value + low[axis]) / 2),
    size: Math.max(...high.map((value, axis) => value - low[axis])) || 1,
  };
}

/** Coordinates as 0 to 65535 over an extent, the same scale on every axis. */
export function quantize(points: Float32Array, dimensions: number, { middle, size }: Extent): Uint16Array {
  return Uint16Array.from(points, (value, i) => Math.round((0.5 + (value - middle[i % dimensions]) / size) * 65535));
}

/** Numbers as 0 to 65534 from the least to the largest; 65535: missing. */
export function quantizeValues(of: ArrayLike<number>): { of: Uint16Array; low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < of.length; i++) {
    if (!Number.isFinite(of[i])) continue;
    low = Math.min(low, of[i]);
    high = Math.max(high, of[i]);
  }
  const width = high - low || 1;
  const shares = Uint16Array.from(of, (v) => (Number.isFinite(v) ? Math.round(((v - low) / width) * 65534) : 65535));
  return { of: shares, low, high };
}
