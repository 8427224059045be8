import { escapeHtml } from './html';
import { checkMap, extentOf, type PointMap, quantize, quantizeValues } from './map';

const base64 = (values: Uint16Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** What a page carries of a map (client/map.ts reads it). */
export function encodeMap(map: PointMap, id: string): object {
  const count = checkMap(map);
  const { dimensions } = map;
  const frames = [...(map.frames ?? []), { name: 'result', points: map.points }];
  const extent = extentOf(
    frames.map((frame) => frame.points),
    dimensions,
  );
  const numbers = map.values && quantizeValues(map.values.of);
  return {
    id,
    points: count,
    dimensions,
    frames: frames.map((frame) => base64(quantize(frame.points, dimensions, extent))),
    frameNames: frames.map((frame) => frame.name),
    classes: map.classes ?? [],
    noise: map.noise,
    classOf: base64(Uint16Array.from(map.classOf ?? new Uint16Array(count))),
    ...(map.values &&
      numbers && {
        values: { name: map.values.name, low: numbers.low, high: numbers.high, of: base64(numbers.of) },
      }),
    labels: map.labels ?? [],
  };
}

function howTo(map: PointMap): string {
  const move = map.dimensions === 3 ? 'Drag to turn, shift and drag to move' : 'Drag to move';
  const parts = [`${move}, wheel or two fingers to zoom, double click to start over`];
  if ((map.classes?.length ?? 0) > 1)
    parts.push('a click on a class hides it, with shift it shows only that one, or all again');
  if ((map.frames?.length ?? 0) > 0) parts.push('Play shows the way from the start');
  return `${parts.join('; ')}.`;
}

/** What a map shows, for people who do not see it. */
function described(map: PointMap): string {
  const points = `${map.title}: a map of ${map.points.length / map.dimensions} points`;
  if (map.values) return `${points}, coloured by ${map.values.name}`;
  const classes = map.classes ?? [];
  return classes.length > 1 ? `${points} in ${classes.length} classes` : points;
}

const zoomButtons = [
  ['in', '+', 'Zoom in'],
  ['out', '\u2212', 'Zoom out'],
  ['reset', '\u21ba', 'Start over'],
].map(
  ([task, sign, title]) =>
    `<button type="button" data-zoom="${task}" title="${title}" aria-label="${title}">${sign}</button>`,
);

/** The figure that client/map.ts fills. */
export function mapFigure(map: PointMap, id: string): string {
  const key = map.values
    ? `<div class="scale"><span>${escapeHtml(map.values.name)}</span> <span class="low"></span><i></i><span class="high"></span></div>`
    : '<div class="legend"></div>';
  return `<figure class="map" id="${id}">
<figcaption><strong>${escapeHtml(map.title)}.</strong> ${howTo(map)}</figcaption>
${key}
<div class="canvas"><canvas tabindex="0" role="img" aria-label="${escapeHtml(described(map))}"></canvas><div class="ring" hidden></div><div class="tip" hidden></div></div>
<div class="controls"><div class="player" hidden><button type="button">Play</button><input type="range" min="0" value="0" aria-label="frame"><output></output></div><div class="zoom">${zoomButtons.join('')}</div></div>
</figure>`;
}
