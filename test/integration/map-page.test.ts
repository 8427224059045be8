import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PointMap, pointMap, renderMap } from '../../lib';
import { describeWithBrowser, renderedDom } from '../helpers/browser';
import { cloudMap } from '../unit/report/sample';

/**
 * Opens a page of maps, runs `script` in it and gives what it returns. The script has `at(figure, x, y, type, ...)`, which
 * sends a pointer event to a map's canvas, `key(figure, key)`, `pixels(figure)`, the colours on the canvas by their counts,
 * and `drawn()`, which waits for the next frame.
 */
function inPage<T>(folder: string, maps: PointMap[], script: string): T {
  const file = path.join(folder, 'page.html');
  const helpers = `
    const figures = [...document.querySelectorAll('figure.map')];
    const canvas = (f) => figures[f].querySelector('canvas');
    HTMLCanvasElement.prototype.setPointerCapture = () => {};
    const at = (f, x, y, type, more = {}) => {
      const box = canvas(f).getBoundingClientRect();
      const place = { clientX: box.left + x, clientY: box.top + y, pointerId: 1, pointerType: 'mouse', bubbles: true };
      canvas(f).dispatchEvent(new PointerEvent(type, { ...place, ...more }));
    };
    const key = (f, name, more = {}) => canvas(f).dispatchEvent(new KeyboardEvent('keydown', { key: name, ...more }));
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const image = (f) => canvas(f).getContext('2d').getImageData(0, 0, canvas(f).width, canvas(f).height);
    const pixels = (f) => {
      const { data } = image(f);
      const counts = {};
      for (let i = 0; i < data.length; i += 4) {
        const color = [data[i], data[i + 1], data[i + 2]].join();
        counts[color] = (counts[color] ?? 0) + 1;
      }
      return counts;
    };
    const ink = (f) => Object.entries(pixels(f)).reduce((sum, [color, n]) => sum + (color === '255,255,255' ? 0 : n), 0);
    const box = (f) => {
      const { data, width } = image(f);
      let [left, right, top, bottom] = [1e9, -1, 1e9, -1];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] + data[i + 1] + data[i + 2] === 765) continue;
        const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      }
      return { left, right, top, bottom, width: right - left };
    };
    const keys = (f) => [...figures[f].querySelectorAll('.key')];
    const tip = (f) => { const t = figures[f].querySelector('.tip'); return t.hidden ? null : t.textContent; };`;
  // Frames by the clock of timers: a browser without a screen draws when it likes.
  const page = renderMap(maps)
    .replace('<html lang="en">', '<html lang="en" data-theme="light">')
    .replace('<head>', '<head><script>window.requestAnimationFrame = (draw) => setTimeout(draw, 16);</script>');
  writeFileSync(
    file,
    page.replace(
      '</body>',
      () => `<pre id="answer"></pre><script>(async () => { ${helpers}
        let answer;
        try { await drawn(); answer = await (async () => { ${script} })(); } catch (error) { answer = { error: String(error.stack) }; }
        document.getElementById('answer').textContent = '<<' + JSON.stringify(answer) + '>>';
      })();</script></body>`,
    ),
  );
  const text = /<pre id="answer">&lt;&lt;(.*)&gt;&gt;<\/pre>/s.exec(renderedDom(file))?.[1];
  if (text === undefined) throw new Error('The script of the page did not end.');
  const answer = JSON.parse(text.replace(/&amp;/g, '&').replace(/&lt;/g, '<').replace(/&gt;/g, '>'));
  if (answer?.error !== undefined) throw new Error(answer.error);
  return answer;
}

/** Four points: left, right, top and bottom of the middle. */
const cross = pointMap(
  [
    [-1, 0],
    [1, 0],
    [0, 1],
    [0, -1],
  ],
  { title: 'Cross', labels: ['a', 'b', 'a', 'b'], hover: ['west', 'east', 'north', 'south'] },
);

describeWithBrowser('a map page in a browser', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hebb-map-page-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('hovering says class, row and label, and marks the row on the map beside it', () => {
    const answer = inPage<{ words: (string | null)[]; ring: boolean[] }>(
      folder,
      [cross, cross],
      `const w = canvas(0).clientWidth, h = canvas(0).clientHeight, size = 0.94 * Math.min(w, h);
       const words = [];
       at(0, w / 2 - size / 2, h / 2, 'pointermove'); words.push(tip(0));
       const ring = [0, 1].map((f) => figures[f].querySelector('.ring').hidden);
       at(0, w / 2, h / 2 - size / 2 + 3, 'pointermove'); words.push(tip(0));
       at(0, w / 2, h / 2, 'pointermove'); words.push(tip(0));
       at(0, w / 2 + size / 2, h / 2, 'pointerdown', { pointerType: 'touch' });
       at(0, w / 2 + size / 2, h / 2, 'pointerup', { pointerType: 'touch' }); words.push(tip(0));
       return { words, ring };`,
    );
    expect(answer.words).toEqual(['a, row 1: west', 'a, row 3: north', null, 'b, row 2: east']);
    expect(answer.ring).toEqual([false, false]);
  });

  test('the tip stays with its point when the map is zoomed, and goes when the point leaves', () => {
    const answer = inPage<{ first: number[]; zoomed: number[]; shown: string[] }>(
      folder,
      [cross],
      `const w = canvas(0).clientWidth, h = canvas(0).clientHeight, size = 0.94 * Math.min(w, h);
       const tipBox = () => figures[0].querySelector('.tip').getBoundingClientRect();
       const ringBox = () => figures[0].querySelector('.ring').getBoundingClientRect();
       const apart = () => [tipBox().left - ringBox().left, tipBox().top - ringBox().top];
       const shown = () => getComputedStyle(figures[0].querySelector('.tip')).visibility;
       at(0, w / 2 - size / 2, h / 2, 'pointermove'); await drawn();
       const first = apart(), seen = [shown()];
       key(0, '-'); key(0, '-'); await drawn();
       const zoomed = apart(); seen.push(shown());
       for (let i = 0; i < 8; i++) key(0, '+');
       await drawn(); seen.push(shown());
       return { first, zoomed, shown: seen };`,
    );
    for (const axis of [0, 1]) expect(answer.zoomed[axis]).toBeCloseTo(answer.first[axis], 0);
    expect(answer.shown).toEqual(['visible', 'visible', 'hidden']);
  });

  test('maps side by side stand at one height, whatever lies above them', () => {
    const many = pointMap(
      Array.from({ length: 26 }, (_, i) => [i, i * i]),
      {
        labels: Array.from({ length: 26 }, (_, i) => `a long name of class ${i}`),
      },
    );
    const answer = inPage<{ tops: number[]; keys: number[] }>(
      folder,
      [many, cross],
      `document.body.style.width = '1200px';
       await drawn();
       const keyHeights = [0, 1].map((f) => keys(f)[0].offsetHeight);
       return { tops: [0, 1].map((f) => canvas(f).getBoundingClientRect().top), keys: keyHeights };`,
    );
    expect(answer.tops[0]).toBeCloseTo(answer.tops[1], 0);
    expect(answer.keys[0]).toBe(answer.keys[1]);
  });

  test('no control covers a point, on a narrow screen neither', () => {
    const film = pointMap(
      [
        [-1, 0],
        [1, 0],
        [0, 1],
        [0, -1],
      ],
      {
        snapshots: [
          {
            iteration: 1,
            embedding: [
              [0, 0],
              [1, 1],
              [0, 2],
              [0, 1],
            ],
          },
        ],
      },
    );
    const answer = inPage<Record<string, number[]>>(
      folder,
      [film],
      `const seen = {};
       for (const width of [1000, 420]) {
         document.body.style.width = width + 'px';
         await drawn();
         const plot = canvas(0).getBoundingClientRect(), figure = figures[0].getBoundingClientRect();
         const controls = [...figures[0].querySelectorAll('button, input, output')].map((c) => c.getBoundingClientRect());
         const inside = (c) => c.left < plot.right && c.right > plot.left && c.top < plot.bottom && c.bottom > plot.top;
         const outside = (c) => c.left < figure.left - 1 || c.right > figure.right + 1;
         seen[width] = [controls.length, controls.filter(inside).length, controls.filter(outside).length];
       }
       return seen;`,
    );
    expect(answer).toEqual({ 1000: [6, 0, 0], 420: [6, 0, 0] });
  });

  test('buttons, keys, wheel, drags and two fingers zoom and move', () => {
    const answer = inPage<Record<string, { left: number; right: number; width: number }>>(
      folder,
      [cross],
      `const seen = {};
       const see = async (name) => { await drawn(); seen[name] = box(0); };
       const w = canvas(0).clientWidth, h = canvas(0).clientHeight;
       await see('start');
       for (const name of ['out', 'reset']) {
         figures[0].querySelector('[data-zoom=' + name + ']').click();
         await see(name);
       }
       key(0, '-'); await see('minus'); key(0, '+'); await see('plus');
       key(0, 'ArrowLeft'); await see('arrow'); key(0, '0'); await see('zero');
       canvas(0).dispatchEvent(new WheelEvent('wheel', { deltaY: 300, clientX: 0, clientY: 0 })); await see('wheel');
       key(0, '0');
       at(0, 50, 50, 'pointerdown', { buttons: 1 }); at(0, 40, 50, 'pointermove', { buttons: 1 });
       at(0, 40, 50, 'pointerup'); await see('drag');
       key(0, '0');
       const finger = (id, x, type) => at(0, w / 2 + x, h / 2, type, { pointerId: id, pointerType: 'touch', buttons: 1 });
       finger(1, -100, 'pointerdown'); finger(2, 100, 'pointerdown');
       finger(1, -50, 'pointermove'); finger(2, 50, 'pointermove');
       finger(1, -50, 'pointerup'); finger(2, 50, 'pointerup'); await see('pinch');
       canvas(0).dispatchEvent(new MouseEvent('dblclick')); await see('again');
       return seen;`,
    );
    const { start, out, minus, arrow, wheel, drag, pinch } = answer;
    for (const same of ['reset', 'plus', 'zero', 'again']) expect(answer[same]).toEqual(start);
    expect(out.width / start.width).toBeCloseTo(1 / 1.3, 1);
    expect(minus).toEqual(out);
    expect(arrow.left - start.left).toBe(40);
    expect(wheel.width / start.width).toBeCloseTo(Math.exp(-0.45), 1);
    expect(drag.right - start.right).toBe(-10);
    expect(pinch.width / start.width).toBeCloseTo(0.5, 1);
    expect(pinch.left + pinch.right).toBeCloseTo(start.left + start.right, -1);
  });

  test('a class is hidden on all maps of the same rows, shown alone with shift, highlighted by hovering', () => {
    const other = pointMap(
      [
        [0, 0],
        [5, 1],
      ],
      { labels: ['a', 'b'] },
    );
    const answer = inPage<{ pressed: string[][]; ink: number[][]; colors: number[] }>(
      folder,
      [cross, { ...cross, title: 'The same rows' }, other],
      `const pressed = [], inks = [];
       const see = async () => {
         await drawn();
         pressed.push(figures.map((_, f) => keys(f).map((k) => k.getAttribute('aria-pressed')[0]).join('')));
         inks.push(figures.map((_, f) => ink(f)));
       };
       await see();
       keys(1)[0].click(); await see();
       keys(0)[0].dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true })); await see();
       keys(1)[0].dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true })); await see();
       const colors = [Object.keys(pixels(0)).length];
       keys(0)[1].dispatchEvent(new PointerEvent('pointerenter', { pointerType: 'mouse' })); await drawn();
       const strong = (f) => Object.entries(pixels(f)).filter(([c]) => Math.min(...c.split(',')) < 90).reduce((s, [, n]) => s + n, 0);
       colors.push(strong(0));
       keys(0)[1].dispatchEvent(new PointerEvent('pointerleave')); await drawn();
       colors.push(strong(0));
       return { pressed, ink: inks, colors };`,
    );
    expect(answer.pressed).toEqual([
      ['tt', 'tt', 'tt'],
      ['ft', 'ft', 'tt'],
      ['tf', 'tf', 'tt'],
      ['tt', 'tt', 'tt'],
    ]);
    const [all, , alone, again] = answer.ink;
    expect(again).toEqual(all);
    expect(alone[0]).toBeLessThan(all[0]);
    expect(alone[0]).toBe(alone[1]);
    expect(alone[2]).toBe(all[2]);
    const [, highlighted, plain] = answer.colors;
    expect(highlighted).toBeGreaterThan(0);
    expect(highlighted).toBeLessThan(plain);
  });

  test('frames are played on one scale from the start to the result', () => {
    const frames = [0.1, 0.5].map((size, i) => ({
      name: `iteration ${50 * i}`,
      points: cross.points.map((v) => v * size),
    }));
    const answer = inPage<{ widths: number[]; names: string[]; played: string[] }>(
      folder,
      [{ ...cross, frames }],
      `const [slider, name, play] = ['input', 'output', '.player button'].map((s) => figures[0].querySelector(s));
       const widths = [], names = [], played = [];
       for (const frame of [0, 1, 2]) {
         slider.value = frame; slider.dispatchEvent(new Event('input')); await drawn();
         widths.push(box(0).width); names.push(name.textContent);
       }
       play.click();
       played.push(name.textContent, play.textContent);
       await new Promise((done) => setTimeout(done, 1000));
       played.push(name.textContent, play.textContent);
       return { widths, names, played };`,
    );
    const [start, half, end] = answer.widths;
    expect(half / end).toBeCloseTo(0.5, 1);
    expect(start / end).toBeCloseTo(0.1, 1);
    expect(answer.names).toEqual(['iteration 0', 'iteration 50', 'result']);
    expect(answer.played).toEqual(['iteration 0', 'Stop', 'result', 'Play']);
  });

  test('near points of three dimensions lie over far ones and are stronger', () => {
    // Two points on the line of sight of the first view, and two that keep the map's extent.
    const [yaw, pitch] = [0.6, 0.4];
    const sight = [-Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
    const points = Float32Array.from([sight, sight.map((v) => -v), [0, 1, 0], [0, -1, 0]].flat());
    const map: PointMap = { title: 'm', dimensions: 3, points, classes: ['near', 'far'], classOf: [0, 1, 1, 1] };
    const { middle, turned } = inPage<{ middle: number[]; turned: number[] }>(
      folder,
      [map],
      `const center = () => { const c = canvas(0); return [...c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data].slice(0, 3); };
       const middle = center();
       at(0, 10, 10, 'pointerdown', { buttons: 1 });
       at(0, 10 + Math.PI / 0.008, 10, 'pointermove', { buttons: 1 });
       at(0, 0, 0, 'pointerup');
       await drawn();
       at(0, 10, 10, 'pointerdown', { buttons: 1 });
       at(0, 10, 10 - 0.8 / 0.008, 'pointermove', { buttons: 1 });
       at(0, 0, 0, 'pointerup');
       await drawn();
       return { middle, turned: center() };`,
    );
    // Blue (#0072b2) in front at first, vermilion (#d55e00) after half a turn.
    expect(middle[2]).toBeGreaterThan(middle[0]);
    expect(turned[0]).toBeGreaterThan(turned[2]);
  });

  test('70,000 points are all drawn', () => {
    const answer = inPage<{ colors: number; ink: number }>(
      folder,
      [cloudMap(2, 70_000)],
      'return { colors: Object.keys(pixels(0)).length, ink: ink(0) };',
    );
    expect(answer.colors).toBeGreaterThan(3);
    expect(answer.ink).toBeGreaterThan(1000);
  });
});
