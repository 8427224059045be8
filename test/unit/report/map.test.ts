import { Matrix, mapSvg, type PointMap, pointMap, renderMap } from '../../../lib';
import { renderPage } from '../../../lib/report';
import { encodeMap } from '../../../lib/report/mapPage';
import {
  MARKS,
  markPath,
  missingColor,
  project,
  reachOf,
  scaleColor,
  shuffledOrder,
  startView,
} from '../../../lib/report/marks';
import { thrown } from '../../helpers/errors';
import { cloudMap } from './sample';

interface Encoded {
  points: number;
  frames: string[];
  frameNames: string[];
  classes: string[];
  classOf: string;
  values?: { name: string; low: number; high: number; of: string };
}
const numbers = (text: string) => new Uint16Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const encoded = (map: PointMap) => encodeMap(map, 'x') as Encoded;

describe('what a page carries of a map', () => {
  test('coordinates keep their proportions: the longer axis fills the range, the shorter one is centred', () => {
    const map = encoded({ title: 'm', dimensions: 2, points: Float32Array.from([0, 0, 10, 5, 5, 2.5]) });
    expect(map.points).toBe(3);
    expect([...numbers(map.frames[0])]).toEqual([0, 16384, 65535, 49151, 32768, 32768]);
    expect([...numbers(map.classOf)]).toEqual([0, 0, 0]);
    expect(map.classes).toEqual([]);
  });

  test('all frames have one scale, that of the largest', () => {
    const map = encoded({
      title: 'm',
      dimensions: 2,
      points: Float32Array.from([-10, 0, 10, 0]),
      frames: [{ name: 'iteration 0', points: Float32Array.from([-1, 0, 1, 0]) }],
    });
    expect(map.frameNames).toEqual(['iteration 0', 'result']);
    expect([...numbers(map.frames[0])]).toEqual([29491, 32768, 36044, 32768]);
    expect([...numbers(map.frames[1])]).toEqual([0, 32768, 65535, 32768]);
  });

  test('equal points do not divide by zero', () => {
    const map = encoded({ title: 'm', dimensions: 2, points: Float32Array.from([3, 3, 3, 3]) });
    expect([...numbers(map.frames[0])]).toEqual([32768, 32768, 32768, 32768]);
  });

  test('numbers lie on a scale, missing ones beside it', () => {
    const values = { name: 'age', of: [20, Number.NaN, 60, 40] };
    const map = encoded({ title: 'm', dimensions: 2, points: new Float32Array(8), values });
    expect(map.values).toMatchObject({ name: 'age', low: 20, high: 60 });
    expect([...numbers(map.values?.of as string)]).toEqual([0, 65535, 65534, 32767]);
  });

  test('parts that do not fit are refused', () => {
    const bad = { ...cloudMap(2), frames: [{ name: 'f', points: new Float32Array(4) }] };
    expect(() => encoded(bad)).toThrow('Expected frame 0 to hold 120 values as the map does, received 4.');
    expect(() => encoded({ ...cloudMap(2), classOf: [1] })).toThrow(
      'Expected `classOf` to hold 60 indices into `classes`, received 1 values.',
    );
    const values = { name: 'v', of: new Float32Array(60) };
    expect(() => encoded({ ...cloudMap(2), values })).toThrow('either `classes` or `values`, received both');
    expect(() => encoded({ title: 'm', dimensions: 2, points: new Float32Array(4), values })).toThrow(
      'Expected `values` to hold 2 numbers, received 60.',
    );
  });
});

describe('pointMap', () => {
  const y = Matrix.from([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);

  test('labels become classes in order, with what hovering says', () => {
    const map = pointMap(y, { title: 'T', labels: [10, 9, 10], hover: ['a', 'b', 'c'] });
    expect(map).toMatchObject({ title: 'T', dimensions: 2, classes: ['9', '10'], labels: ['a', 'b', 'c'] });
    expect([...(map.classOf as Int32Array)]).toEqual([1, 0, 1]);
    expect([...map.points]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(pointMap(y, { labels: ['x', 'b', 'x'] }).classes).toEqual(['b', 'x']);
  });

  test('many different numbers become a scale, many different words classes', () => {
    const many = Matrix.zeros(30, 2);
    const of = Array.from({ length: 30 }, (_, i) => i / 2);
    const map = pointMap(many, { labels: of, labelName: 'age' });
    expect(map.classes).toBeUndefined();
    expect(map.values?.name).toBe('age');
    expect(Array.from(map.values?.of ?? [])).toEqual(of);
    expect(pointMap(many, { labels: of.map(String) }).classes).toHaveLength(30);
    expect(pointMap(many, { labels: of.map((v) => Math.floor(v / 2)) }).classes).toHaveLength(8);
  });

  test('noise is a class of its own in grey, beside as many numbered classes as there are', () => {
    const labels = Array.from({ length: 30 }, (_, i) => i - 1);
    const map = pointMap(Matrix.zeros(30, 2), { labels, noise: -1 });
    expect(map.values).toBeUndefined();
    expect([map.classes?.length, map.noise]).toEqual([30, 0]);
    expect(pointMap(y, { labels: [0, 1, 0], noise: -1 }).noise).toBeUndefined();
    const colors = (of: PointMap) => new Set(mapSvg(of).match(/fill="#[0-9a-f]{6}"/g));
    expect(colors(map)).toContain(`fill="${missingColor(false)}"`);
    expect(colors({ ...map, noise: undefined })).not.toContain(`fill="${missingColor(false)}"`);
    expect(() => renderMap({ ...map, noise: 30 })).toThrow(
      'Expected `noise` to be an index into the 30 `classes` of a map, received 30.',
    );
  });

  test('snapshots become frames, the result apart', () => {
    const start = Matrix.zeros(3, 2);
    const map = pointMap(y, {
      snapshots: [
        { iteration: 0, embedding: start },
        { iteration: 50, embedding: y },
      ],
    });
    expect(map.frames?.map((frame) => frame.name)).toEqual(['iteration 0']);
  });

  test('three columns turn, of more the first two are drawn', () => {
    expect(pointMap(Matrix.zeros(4, 3)).dimensions).toBe(3);
    const wide = pointMap([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect([wide.dimensions, ...wide.points]).toEqual([2, 1, 2, 5, 6]);
  });

  test('what does not fit is refused', () => {
    expect(thrown(() => pointMap([[1], [2]])).message).toBe('Expected `embedding` to have 2 or 3 columns, received 1.');
    expect(thrown(() => pointMap(y, { labels: [1] })).message).toBe(
      'Expected `labels` to have 3 rows to match `embedding`, received 1.',
    );
    expect(thrown(() => pointMap(y, { hover: ['a'] })).message).toMatch(/`hover` to have 3 rows/);
    expect(thrown(() => pointMap(y, { label: [] } as object)).message).toMatch(/Did you mean `labels`/);
    expect(
      thrown(() =>
        pointMap([
          [1, 2],
          [Number.NaN, 2],
        ]),
      ).message,
    ).toBe('Expected `embedding` to hold finite numbers, received NaN at row 1, column 0.');
    const snapshots = [{ iteration: 0, embedding: Matrix.zeros(2, 2) }];
    expect(thrown(() => pointMap(y, { snapshots })).message).toBe(
      'Expected snapshots of 3 x 2 points, received 2 x 2.',
    );
  });
});

describe('pages', () => {
  test('escape names and labels', () => {
    const page = renderPage('Maps', 'of clouds', [{ title: 'Map', maps: [cloudMap(2), cloudMap(3)] }]);
    expect(page).toContain('Clouds &lt;2-D&gt;');
    expect(page.match(/<\/script>/g)).toHaveLength(3);
    expect(page.match(/<canvas/g)).toHaveLength(2);
  });

  test('tell of classes, frames and turning where there are some', () => {
    const caption = (map: PointMap) => /<figcaption>(.*)<\/figcaption>/.exec(renderMap(map))?.[1];
    expect(caption(pointMap(Matrix.zeros(5, 2)))).toBe(
      '<strong>Map.</strong> Drag to move, wheel or two fingers to zoom, double click to start over.',
    );
    expect(caption(cloudMap(3))).toMatch(/Drag to turn.*a click on a class hides it.*Play shows the way/);
  });

  test('of some maps have the title of the first one', () => {
    const page = renderMap([cloudMap(2), cloudMap(3)], { subtitle: 'two of them' });
    expect(page).toContain('<title>Clouds &lt;2-D&gt;</title>');
    expect(page).toContain('two of them');
    expect(thrown(() => renderMap([])).message).toBe('Expected at least one map, received none.');
    expect(thrown(() => renderMap(cloudMap(2), { titel: '' } as object)).message).toMatch(/Did you mean `title`/);
  });
});

describe('SVG pictures', () => {
  const moves = (svg: string) => svg.match(/M-?[\d.]+ -?[\d.]+m/g);

  test('draw every point, each class in a form of its own, and name the classes', () => {
    const svg = mapSvg(cloudMap(2), 500);
    expect(svg).toContain('b &amp; c');
    expect(svg).toContain('width="500" height="500"');
    expect(moves(svg)).toHaveLength(60 + 3);
    const forms = new Set(svg.match(/(?<=M-?[\d.]+ -?[\d.]+)m[^M"]+/g));
    // Three classes on the map and in the legend, which has a size of its own.
    expect(forms.size).toBe(6);
  });

  test('draw no class on top of all others', () => {
    const order = (mapSvg(cloudMap(2)).match(/fill="#\w+" d=/g) ?? []).slice(3);
    expect(order.length).toBeGreaterThan(9);
    expect(order.slice(-3).sort()).toEqual(order.slice(0, 3).sort());
  });

  test('draw far points of three dimensions first, smaller and paler', () => {
    const line: PointMap = {
      title: 'm',
      dimensions: 3,
      points: Float32Array.from({ length: 30 }, (_, i) => Math.floor(i / 3)),
    };
    const opacity = [...mapSvg(line).matchAll(/fill-opacity="([\d.]+)" d=/g)].map((match) => Number(match[1]));
    expect(opacity.length).toBeGreaterThan(3);
    expect(opacity).toEqual([...opacity].sort((a, b) => a - b));
  });

  test('show numbers by a scale', () => {
    const values = { name: 'age <y>', of: Float64Array.from({ length: 60 }, (_, i) => i) };
    const svg = mapSvg({ title: 'm', dimensions: 2, points: cloudMap(2).points, values });
    expect(svg).toContain('linearGradient');
    expect(svg).toContain('age &lt;y&gt;  0');
    expect(moves(svg)).toHaveLength(60);
  });
});

describe('marks', () => {
  test('all forms have one area', () => {
    for (const outline of MARKS) {
      const area = outline.reduce((sum, [x, y], i) => {
        const [u, v] = outline[(i + 1) % outline.length];
        return sum + (x * v - u * y) / 2;
      }, 0);
      expect(Math.abs(area)).toBeCloseTo(Math.PI, 10);
    }
    expect(new Set(MARKS.map((outline) => markPath(outline, 5))).size).toBe(MARKS.length);
  });

  test('the scale grows lighter evenly', () => {
    const lightness = (hex: string) => {
      const [r, g, b] = [1, 3, 5].map((at) => (Number.parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
      return Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b);
    };
    for (const dark of [false, true]) {
      const steps = Array.from({ length: 21 }, (_, i) => lightness(scaleColor(i / 20, dark)));
      for (let i = 1; i < 21; i++) expect(steps[i] - steps[i - 1]).toBeGreaterThan(0.008);
    }
  });

  test('the order holds every point once, the same each time', () => {
    expect([...shuffledOrder(500)].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(shuffledOrder(500)).toEqual(shuffledOrder(500));
    expect(shuffledOrder(500)).not.toEqual(Uint32Array.from({ length: 500 }, (_, i) => i));
  });

  test('a map that turns stays on the picture', () => {
    const corners = Uint16Array.from({ length: 24 }, (_, i) => (((i / 3) >> (i % 3)) & 1) * 65535);
    const [screen, depth] = [new Float32Array(16), new Float32Array(8)];
    for (let turn = 0; turn < 40; turn++) {
      const view = { ...startView(), yaw: turn * 0.7, pitch: turn * 0.3 };
      project(corners, 3, reachOf(corners, 3), view, 400, 400, screen, depth);
      expect(Math.min(...screen)).toBeGreaterThan(0);
      expect(Math.max(...screen)).toBeLessThan(400);
      expect(Math.max(...depth) - Math.min(...depth)).toBeGreaterThan(0.5);
    }
  });
});
