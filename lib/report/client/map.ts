// The controls around the maps of a page: legend, tooltip, animation.
import { type MapData, MapView } from './map-view';

/** A map as the page carries it: numbers in base64 of little-endian Uint16. */
interface EncodedMap {
  id: string;
  points: number;
  dimensions: number;
  frames: string[];
  frameNames: string[];
  classes: string[];
  classOf: string;
  labels: string[];
}

function decode(text: string): Uint16Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

export function classColor(palette: string[], label: number, dark: boolean): string {
  if (label < palette.length) return palette[label]!;
  // Beyond the palette: hues by the golden angle, far from their neighbours.
  return `hsl(${(label * 137.508) % 360} 70% ${dark ? 68 : 40}%)`;
}

function legend(holder: HTMLElement, view: MapView): () => void {
  const counts = new Array<number>(view.data.classes.length).fill(0);
  for (const label of view.data.classOf) counts[label]! += 1;
  const buttons = view.data.classes.map((name, label) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'key';
    button.setAttribute('aria-pressed', 'true');
    const swatch = document.createElement('i');
    button.append(swatch, `${name} (${counts[label]})`);
    button.addEventListener('click', (event) => {
      if (event.shiftKey || event.altKey) {
        for (let other = 0; other < view.data.classes.length; other++) {
          if (other === label) view.hidden.delete(other);
          else view.hidden.add(other);
        }
      } else if (!view.hidden.delete(label)) view.hidden.add(label);
      for (const [other, key] of buttons.entries()) key.setAttribute('aria-pressed', String(!view.hidden.has(other)));
      view.draw();
    });
    return button;
  });
  if (view.data.classes.length > 1) holder.append(...buttons);
  return () => {
    for (const [label, button] of buttons.entries()) button.querySelector('i')!.style.background = view.color(label);
  };
}

function tooltip(figure: HTMLElement, view: MapView): void {
  const tip = figure.querySelector<HTMLElement>('.tip')!;
  view.canvas.addEventListener('pointermove', (event) => {
    const point = event.buttons === 0 ? view.pointAt(event.offsetX, event.offsetY) : undefined;
    tip.hidden = point === undefined;
    if (point === undefined) return;
    const name = view.data.classes.length > 1 ? `${view.data.classes[view.data.classOf[point]!]}, ` : '';
    const label = view.data.labels[point];
    tip.textContent = `${name}row ${point + 1}${label ? `: ${label}` : ''}`;
    tip.style.left = `${Math.min(event.offsetX + 14, view.canvas.clientWidth - 180)}px`;
    tip.style.top = `${event.offsetY + 14}px`;
  });
  view.canvas.addEventListener('pointerleave', () => {
    tip.hidden = true;
  });
}

function player(figure: HTMLElement, view: MapView): void {
  const bar = figure.querySelector<HTMLElement>('.player')!;
  const spins = view.data.dimensions === 3;
  if (view.data.frames.length < 2 && !spins) return;
  bar.hidden = false;
  const [play, slider, name] = [
    bar.querySelector('button')!,
    bar.querySelector('input')!,
    bar.querySelector('output')!,
  ];
  const last = view.data.frames.length - 1;
  slider.max = String(last);
  slider.hidden = last === 0;
  const show = (frame: number) => {
    view.frame = frame;
    slider.value = String(frame);
    name.textContent = last === 0 ? '' : (view.data.frameNames[frame] ?? '');
  };
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
      last === 0 ? 33 : 90,
    );
  });
}

/** Draws every map whose data the page holds; gives a function that draws them again in new colours. */
export function drawMaps(palettes: { light: string[]; dark: string[] }, isDark: () => boolean): () => void {
  const source = document.getElementById('maps');
  if (!source) return () => {};
  const redraws = (JSON.parse(source.textContent ?? '[]') as EncodedMap[]).map((map) => {
    const figure = document.getElementById(map.id)!;
    const data: MapData = { ...map, frames: map.frames.map(decode), classOf: decode(map.classOf) };
    const color = (label: number) => classColor(isDark() ? palettes.dark : palettes.light, label, isDark());
    const view = new MapView(figure.querySelector('canvas')!, data, color);
    const recolor = legend(figure.querySelector('.legend')!, view);
    tooltip(figure, view);
    player(figure, view);
    return () => {
      recolor();
      view.draw();
    };
  });
  const redraw = () => {
    for (const one of redraws) one();
  };
  redraw();
  return redraw;
}
