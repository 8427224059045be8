// The controls around the maps of a page: legend, scale, tooltip, animation.
import { figure } from '../format';
import { markOf, markPath, scaleColor } from '../marks';
import { listen } from './gestures';
import { type MapData, MapView, Selection, type Theme } from './map-view';

/** A map as the page carries it: numbers in base64 of little-endian Uint16. */
interface EncodedMap {
  id: string;
  points: number;
  dimensions: number;
  frames: string[];
  frameNames: string[];
  classes: string[];
  noise?: number;
  classOf: string;
  values?: { name: string; low: number; high: number; of: string };
  labels: string[];
}

function decode(text: string): Uint16Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/** Switches of the classes, pressed on all maps that have the same ones. */
class Legends {
  readonly #buttons: HTMLButtonElement[][] = [];

  constructor(readonly selection: Selection) {}

  add(holder: HTMLElement, view: MapView): () => void {
    const { classes } = view.data;
    const counts = new Array<number>(classes.length).fill(0);
    for (const label of view.data.classOf) counts[label]++;
    const buttons = classes.map((name, label) => this.#button(`${name} (${counts[label]})`, label));
    this.#buttons.push(buttons);
    if (classes.length > 1) holder.append(...buttons);
    return () => {
      for (const [label, button] of buttons.entries()) {
        button.querySelector('path')?.setAttribute('fill', view.color(label));
      }
    };
  }

  #button(text: string, label: number): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'key';
    button.setAttribute('aria-pressed', 'true');
    const form = markPath(markOf(label), 6);
    button.innerHTML = `<svg viewBox="-9 -9 18 18" aria-hidden="true"><path d="M0 0${form}"/></svg>`;
    button.append(text);
    button.addEventListener('click', (event) => this.#toggle(label, event.shiftKey || event.altKey));
    const highlight = (on: boolean) => () => {
      this.selection.highlighted = on && !this.selection.hidden.has(label) ? label : undefined;
      this.selection.changed();
    };
    button.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && highlight(true)());
    button.addEventListener('pointerleave', highlight(false));
    button.addEventListener('focus', () => button.matches(':focus-visible') && highlight(true)());
    button.addEventListener('blur', highlight(false));
    return button;
  }

  #toggle(label: number, alone: boolean): void {
    const { hidden } = this.selection;
    if (alone) {
      const count = this.#buttons[0].length;
      const wasAlone = hidden.size === count - 1 && !hidden.has(label);
      for (let other = 0; other < count; other++) {
        if (wasAlone || other === label) hidden.delete(other);
        else hidden.add(other);
      }
    } else if (!hidden.delete(label)) hidden.add(label);
    this.selection.highlighted = undefined;
    for (const buttons of this.#buttons) {
      for (const [other, key] of buttons.entries()) key.setAttribute('aria-pressed', String(!hidden.has(other)));
    }
    this.selection.changed();
  }
}

/** The bar of a scale of colours. */
function scale(holder: HTMLElement, { values }: MapData): (theme: Theme) => void {
  if (values === undefined) return () => {};
  holder.querySelector('.low')?.append(figure(values.low));
  holder.querySelector('.high')?.append(figure(values.high));
  return ({ dark }) => {
    const stops = Array.from({ length: 11 }, (_, i) => scaleColor(i / 10, dark));
    const bar = holder.querySelector('i');
    if (bar) bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  };
}

function describe({ classes, classOf, values, labels }: MapData, point: number): string {
  const parts: string[] = [];
  if (classes.length > 1) parts.push(classes[classOf[point]]);
  if (values !== undefined) {
    const share = values.of[point] / 65534;
    const number = share > 1 ? 'missing' : figure(values.low + share * (values.high - values.low));
    parts.push(`${values.name} ${number}`);
  }
  parts.push(`row ${point + 1}`);
  const label = labels[point];
  return parts.join(', ') + (label ? `: ${label}` : '');
}

/** The tip at the point under the mouse or the last tap, and a ring around the same row on the maps beside it. */
function tooltip(figure: HTMLElement, view: MapView): void {
  const [tip, ring] = ['.tip', '.ring'].map((name) => figure.querySelector<HTMLElement>(name) as HTMLElement);
  // Both stay with the point when the map moves below them.
  view.drawn = () => {
    const place = view.markedPlace;
    ring.hidden = place === undefined;
    if (place === undefined) return;
    const { x, y } = place;
    ring.style.transform = `translate(${x}px, ${y}px)`;
    if (tip.hidden) return;
    const { clientWidth: width, clientHeight: height } = view.canvas;
    tip.style.visibility = x < 0 || y < 0 || x > width || y > height ? 'hidden' : 'visible';
    const left = Math.max(0, Math.min(x + 14, width - tip.offsetWidth - 2));
    const below = y + 18 + tip.offsetHeight < height;
    tip.style.transform = `translate(${left}px, ${below ? y + 16 : y - tip.offsetHeight - 10}px)`;
  };
  const show = (x: number, y: number, reach: number): void => {
    const point = view.pointAt(x, y, reach);
    tip.hidden = point === undefined;
    if (point !== undefined) tip.textContent = describe(view.data, point);
    view.selection.mark(point);
  };
  const hide = (): void => {
    tip.hidden = true;
    view.selection.mark(undefined);
  };
  const { canvas } = view;
  let tapped: { x: number; y: number } | undefined;
  canvas.addEventListener('pointerdown', (event) => {
    tapped = event.pointerType === 'mouse' ? undefined : { x: event.offsetX, y: event.offsetY };
    if (tapped === undefined) hide();
  });
  canvas.addEventListener('pointerup', ({ offsetX: x, offsetY: y }) => {
    if (tapped !== undefined && Math.hypot(x - tapped.x, y - tapped.y) < 10) show(x, y, 18);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'mouse' && event.buttons === 0) show(event.offsetX, event.offsetY, 8);
    else if (event.pointerType !== 'mouse' && event.pressure > 0 && tapped === undefined) hide();
  });
  canvas.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && hide());
}

const FRAME_MS = 90;
const TURN_MS = 33;

function player(figure: HTMLElement, view: MapView): void {
  const bar = figure.querySelector<HTMLElement>('.player');
  const [play, slider, name] = [
    bar?.querySelector('button'),
    bar?.querySelector('input'),
    bar?.querySelector('output'),
  ];
  const spins = view.data.dimensions === 3;
  const last = view.data.frames.length - 1;
  if (!bar || !play || !slider || !name || (last === 0 && !spins)) return;
  bar.hidden = false;
  slider.max = String(last);
  slider.hidden = last === 0;
  const show = (frame: number) => {
    view.frame = frame;
    slider.value = String(frame);
    name.textContent = view.data.frameNames[frame];
  };
  name.hidden = last === 0;
  show(last);
  slider.addEventListener('input', () => show(Number(slider.value)));
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = last === 0 ? 'Turn' : 'Play';
  };
  stop();
  play.addEventListener('click', () => {
    if (timer !== undefined) return stop();
    play.textContent = 'Stop';
    if (last > 0 && view.frame === last) show(0);
    timer = setInterval(
      () => {
        if (spins) view.turn(0.02);
        if (last > 0 && view.frame < last) show(view.frame + 1);
        else if (!spins) stop();
      },
      last === 0 ? TURN_MS : FRAME_MS,
    );
  });
}

/** Draws every map whose data the page holds; gives a function that draws them again in new colours. */
export function drawMaps(palettes: { light: string[]; dark: string[] }, isDark: () => boolean): () => void {
  const source = document.getElementById('maps');
  if (!source) return () => {};
  const groups = new Map<string, Legends>();
  const redraws = (JSON.parse(source.textContent ?? '[]') as EncodedMap[]).map((map) => {
    const figure = document.getElementById(map.id) as HTMLElement;
    const data: MapData = {
      ...map,
      frames: map.frames.map(decode),
      classOf: decode(map.classOf),
      values: map.values && { ...map.values, of: decode(map.values.of) },
    };
    // Maps of the same rows with the same classes are looked at together.
    const group = JSON.stringify([map.points, map.classes]);
    const legends = groups.get(group) ?? new Legends(new Selection());
    groups.set(group, legends);
    const view = new MapView(figure.querySelector('canvas') as HTMLCanvasElement, data, legends.selection);
    const holder = figure.querySelector<HTMLElement>('.legend');
    const recolor = holder ? legends.add(holder, view) : () => {};
    const rescale = scale(figure, data);
    listen(view, figure.querySelectorAll<HTMLElement>('.zoom button'));
    tooltip(figure, view);
    player(figure, view);
    return (theme: Theme) => {
      view.theme = theme;
      recolor();
      rescale(theme);
    };
  });
  const redraw = () => {
    const dark = isDark();
    const ground = getComputedStyle(document.documentElement).getPropertyValue('--card').trim() || '#ffffff';
    const theme = { dark, palette: dark ? palettes.dark : palettes.light, ground };
    for (const one of redraws) one(theme);
  };
  redraw();
  return redraw;
}
