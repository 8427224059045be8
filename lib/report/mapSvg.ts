import { ArgumentError } from '../errors';
import { checkInteger } from '../validate';
import { palettes } from './charts/option';
import { figure } from './format';
import { escapeHtml } from './html';
import { checkMap, extentOf, type PointMap, quantize, quantizeValues } from './map';
import {
  classColor,
  markOf,
  markPath,
  missingColor,
  pointRadius,
  project,
  reachOf,
  scaleColor,
  shuffledOrder,
  startView,
} from './marks';

/** Below this radius in pixels the form of a point does not show: squares make smaller files. */
const LEAST_FORM = 1.8;
/** Parts that points are drawn in, so that no class lies on top of all others. */
const LAYERS = 6;
/** Steps of a scale of colours, and of the depth of a map in three dimensions. */
const SCALE_STEPS = 48;
const DEPTH_STEPS = 8;

const square = (radius: number): string => {
  const side = Number((radius * Math.sqrt(Math.PI)).toFixed(1));
  return `m${-side / 2} ${-side / 2}h${side}v${side}h-${side}z`;
};

/** The look of points: a colour and a form each, by class or by number. */
interface Looks {
  of: (point: number) => number;
  color: (look: number) => string;
  form: (look: number, radius: number) => string;
}

function looksOf(map: PointMap): Looks {
  const formOf = (label: number, radius: number) =>
    radius < LEAST_FORM ? square(radius) : markPath(markOf(label), radius);
  if (map.values) {
    const { of } = quantizeValues(map.values.of);
    return {
      of: (point) => (of[point] === 65535 ? SCALE_STEPS : Math.floor((of[point] / 65535) * SCALE_STEPS)),
      color: (look) => (look === SCALE_STEPS ? missingColor(false) : scaleColor(look / (SCALE_STEPS - 1), false)),
      form: (_, radius) => formOf(0, radius),
    };
  }
  const { classOf, noise } = map;
  return {
    of: (point) => (classOf ? classOf[point] : 0),
    color: (look) => classColor(palettes.light, look, false, noise),
    form: formOf,
  };
}

interface Key {
  svg: string;
  height: number;
}

function legend({ classes = [], noise }: PointMap, size: number, forms: boolean): Key {
  if (classes.length < 2) return { svg: '', height: 0 };
  const keys: string[] = [];
  let [x, y] = [16, 0];
  for (const [label, name] of classes.slice(0, 60).entries()) {
    const width = 30 + name.length * 8;
    if (x + width > size - 16 && x > 16) [x, y] = [16, y + 22];
    const form = forms ? markPath(markOf(label), 5.5) : square(6);
    keys.push(
      `<path fill="${classColor(palettes.light, label, false, noise)}" d="M${x + 6} ${y + 8}${form}"/>` +
        `<text x="${x + 18}" y="${y + 13}" font-size="14">${escapeHtml(name)}</text>`,
    );
    x += width;
  }
  return { svg: `<g transform="translate(0 44)">${keys.join('')}</g>`, height: y + 30 };
}

function scale({ name, of }: NonNullable<PointMap['values']>, size: number): Key {
  const { low, high } = quantizeValues(of);
  const steps = Array.from(
    { length: 11 },
    (_, i) => `<stop offset="${i * 10}%" stop-color="${scaleColor(i / 10, false)}"/>`,
  );
  const middle = size / 2;
  return {
    svg:
      `<defs><linearGradient id="scale">${steps.join('')}</linearGradient></defs><g transform="translate(0 44)" font-size="14">` +
      `<text x="${middle - 190}" y="13" text-anchor="end">${escapeHtml(name)}  ${figure(low)}</text>` +
      `<rect x="${middle - 180}" y="2" width="240" height="12" rx="3" fill="url(#scale)"/>` +
      `<text x="${middle + 70}" y="13">${figure(high)}</text></g>`,
    height: 30,
  };
}

/** Points of one look and depth, in the order they are drawn. */
interface Group {
  look: number;
  depth: number;
  places: string[];
}

/** Groups of points back to front: a few layers of all looks, or steps of depth. */
function groupsOf(map: PointMap, looks: Looks, screen: Float32Array, depth: Float32Array): Group[] {
  const count = screen.length / 2;
  const groups = new Map<number, Group>();
  for (const [k, i] of shuffledOrder(count).entries()) {
    const near = map.dimensions === 3 ? Math.min(DEPTH_STEPS - 1, Math.floor(depth[i] * DEPTH_STEPS)) : -1;
    const layer = near >= 0 ? near : Math.floor((k / count) * LAYERS);
    const look = looks.of(i);
    const key = layer * 65536 + look;
    let group = groups.get(key);
    if (group === undefined) {
      group = { look, depth: near < 0 ? 1 : (near + 0.5) / DEPTH_STEPS, places: [] };
      groups.set(key, group);
    }
    group.places.push(`M${screen[2 * i].toFixed(1)} ${screen[2 * i + 1].toFixed(1)}`);
  }
  return [...groups.keys()].sort((a, b) => a - b).map((key) => groups.get(key) as Group);
}

/**
 * A map as a standalone SVG of `size` x `size` pixels; one in three dimensions as it stands on a page at first, far points
 * smaller and paler. 70,000 points make a file of about 2 MB.
 *
 * @param size default 900, at least 200
 * @throws ShapeError, ArgumentError on a map whose parts do not fit together
 */
export function mapSvg(map: PointMap, size = 900): string {
  const count = checkMap(map);
  checkInteger(size, 'size', { min: 200, max: 20_000 });
  const flat = map.dimensions === 2;
  const radius = pointRadius(count, size);
  const key = map.values ? scale(map.values, size) : legend(map, size, radius >= LEAST_FORM);
  const extent = size - 44 - key.height - 16;
  if (extent < 60)
    throw new ArgumentError(`Expected a larger \`size\` for ${map.classes?.length} classes, received ${size}.`);
  const place = quantize(map.points, map.dimensions, extentOf([map.points], map.dimensions));
  const [screen, depth] = [new Float32Array(2 * count), new Float32Array(count)];
  project(place, map.dimensions, reachOf(place, map.dimensions), startView(), extent, extent, screen, depth);
  const looks = looksOf(map);
  const drawn = groupsOf(map, looks, screen, depth).map(({ look, depth: near, places }) => {
    const form = looks.form(look, flat ? radius : radius * (0.6 + 0.7 * near));
    const pale = flat ? '' : ` fill-opacity="${(0.45 + 0.45 * near).toFixed(2)}"`;
    return `<path fill="${looks.color(look)}"${pale} d="${places.map((at) => at + form).join('')}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" font-family="sans-serif">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${size / 2}" y="28" font-size="20" text-anchor="middle">${escapeHtml(map.title)}</text>
${key.svg}
<g fill-opacity="0.8" transform="translate(${(size - extent) / 2} ${44 + key.height})">${drawn.join('\n')}</g>
</svg>
`;
}
