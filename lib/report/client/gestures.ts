// How a map is moved, turned and zoomed: mouse, wheel, fingers, keys and buttons.
import type { MapView } from './map-view';

const TURN = 0.008; // radians a pixel
const KEY_STEP = 40; // pixels a key
const KEY_ZOOM = 1.3;

interface Place {
  x: number;
  y: number;
}

/** Drags with one pointer move or turn the map, two pinch it. */
function pointers(view: MapView): void {
  const down = new Map<number, Place>();
  const middle = (): Place & { apart: number } => {
    const [a, b] = [...down.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  const { canvas } = view;
  canvas.addEventListener('pointerdown', (event) => {
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    canvas.setPointerCapture(event.pointerId);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, (event) => down.delete(event.pointerId));
  }
  canvas.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.offsetX, y: event.offsetY };
    if (down.size === 2) {
      const from = middle();
      down.set(event.pointerId, now);
      const to = middle();
      view.move(to.x - from.x, to.y - from.y);
      if (from.apart > 0) view.zoom(to.apart / from.apart, to.x, to.y);
      return;
    }
    down.set(event.pointerId, now);
    if (down.size > 1) return;
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (view.data.dimensions === 3 && !event.shiftKey) view.turn(dx * TURN, dy * TURN);
    else view.move(dx, dy);
  });
}

/** Plus and minus zoom, arrows move (or turn; with shift they move), 0 starts over. */
function keys(view: MapView): void {
  const arrows: Record<string, [number, number]> = {
    ArrowLeft: [1, 0],
    ArrowRight: [-1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
  };
  view.canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = arrows[event.key];
    if (arrow !== undefined) {
      const [x, y] = [arrow[0] * KEY_STEP, arrow[1] * KEY_STEP];
      if (view.data.dimensions === 3 && !event.shiftKey) view.turn(-x * TURN, -y * TURN);
      else view.move(x, y);
    } else if (event.key === '+' || event.key === '=') view.zoom(KEY_ZOOM);
    else if (event.key === '-') view.zoom(1 / KEY_ZOOM);
    else if (event.key === '0' || event.key === 'Home') view.reset();
    else return;
    event.preventDefault();
  });
}

export function listen(view: MapView, buttons: Iterable<HTMLElement>): void {
  pointers(view);
  keys(view);
  view.canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  view.canvas.addEventListener('dblclick', () => view.reset());
  for (const button of buttons) {
    const task = button.dataset.zoom;
    button.addEventListener('click', () => {
      if (task === 'reset') view.reset();
      else view.zoom(task === 'in' ? KEY_ZOOM : 1 / KEY_ZOOM);
    });
  }
}
