import { mapSvg, type PointMap, renderPage } from '../../../lib/report';
import { encodeMap } from '../../../lib/report/map';
import { cloudMap } from './sample';

interface Encoded {
  points: number;
  frames: string[];
  classOf: string;
}
const numbers = (text: string) => new Uint16Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

test('coordinates keep their proportions: the longer axis fills the range, the shorter one is centred', () => {
  const map: PointMap = { title: 'm', dimensions: 2, points: Float32Array.from([0, 0, 10, 5, 5, 2.5]) };
  const encoded = encodeMap(map, 'x') as Encoded;
  expect(encoded.points).toBe(3);
  expect([...numbers(encoded.frames[0]!)]).toEqual([0, 16384, 65535, 49151, 32768, 32768]);
  expect([...numbers(encoded.classOf)]).toEqual([0, 0, 0]);
});

test('equal points do not divide by zero', () => {
  const map: PointMap = { title: 'm', dimensions: 2, points: Float32Array.from([3, 3, 3, 3]) };
  expect([...numbers((encodeMap(map, 'x') as Encoded).frames[0]!)]).toEqual([32768, 32768, 32768, 32768]);
});

test('frames of another length and classes of another length are refused', () => {
  const bad = { ...cloudMap(2), frames: [{ name: 'f', points: new Float32Array(4) }] };
  expect(() => encodeMap(bad, 'x')).toThrow('Expected frame 0 to hold 120 values as the map does, received 4.');
  expect(() => encodeMap({ ...cloudMap(2), classOf: [1] }, 'x')).toThrow(
    'Expected `classOf` to hold 60 indices into `classes`, received 1 values.',
  );
});

test('a page with maps escapes names and labels', () => {
  const page = renderPage('Maps', 'of clouds', [{ title: 'Map', maps: [cloudMap(2), cloudMap(3)] }]);
  expect(page).toContain('Clouds &lt;2-D&gt;');
  expect(page.match(/<\/script>/g)).toHaveLength(3);
  expect(page.match(/<canvas/g)!.length).toBeGreaterThanOrEqual(2);
});

test('the SVG draws every point and names the classes', () => {
  const svg = mapSvg(cloudMap(2), 500);
  expect(svg).toContain('b &amp; c');
  expect(svg).toContain('width="500" height="500"');
  expect(svg.match(/<path/g)).toHaveLength(3);
  expect(svg.match(/M[\d.]+ [\d.]+h/g)).toHaveLength(60);
});
