// A map of points on a canvas: pan, zoom, hover, classes that can be switched off, 3-D maps that turn, and the
// optimisation as an animation. A drawing of our own because one canvas must take 70,000 points at every frame.

export interface MapData {
  /** Points, and coordinates of each: 2 or 3. */
  points: number;
  dimensions: number;
  /** Frames of points x dimensions values, 0 to 65535 over the extent of the whole map; the last one is the result. */
  frames: Uint16Array[];
  /** What each frame is called, e.g. "iteration 250". */
  frameNames: string[];
  classes: string[];
  /** Class of each point. */
  classOf: Uint16Array;
  /** What hovering says of each point; may be shorter than `points`. */
  labels: string[];
}

interface View {
  scale: number;
  x: number;
  y: number;
  yaw: number;
  pitch: number;
}

/** Points of one frame on the screen, by class, and a grid of cells to find the one under the mouse. */
export class MapView {
  readonly hidden = new Set<number>();
  #frame: number;
  #view: View = { scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.4 };
  #screen: Float32Array;
  #order: Uint32Array;
  #pending = false;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly data: MapData,
    readonly color: (label: number) => string,
  ) {
    this.#frame = data.frames.length - 1;
    this.#screen = new Float32Array(data.points * 2);
    this.#order = byClass(data);
    this.#listen();
  }

  get frame(): number {
    return this.#frame;
  }
  set frame(index: number) {
    this.#frame = index;
    this.draw();
  }

  turn(yaw: number): void {
    this.#view.yaw += yaw;
    this.draw();
  }

  reset(): void {
    this.#view = { scale: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.4 };
    this.draw();
  }

  /** Draws at the next animation frame, however often it is called before. */
  draw(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#drawNow();
    });
  }

  /** The visible point nearest to a place on the canvas, at most 8 CSS pixels away. */
  pointAt(x: number, y: number): number | undefined {
    let best = 64;
    let found: number | undefined;
    for (let i = 0; i < this.data.points; i++) {
      const dx = this.#screen[2 * i]! - x;
      const dy = this.#screen[2 * i + 1]! - y;
      const distance = dx * dx + dy * dy;
      if (distance < best && !this.hidden.has(this.data.classOf[i]!)) [best, found] = [distance, i];
    }
    return found;
  }

  #project(width: number, height: number): void {
    const { points, dimensions } = this.data;
    const values = this.data.frames[this.#frame]!;
    const { scale, x, y, yaw, pitch } = this.#view;
    const size = 0.94 * Math.min(width, height) * scale * (dimensions === 3 ? 0.72 : 1);
    const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    for (let i = 0; i < points; i++) {
      let u = values[i * dimensions]! / 65535 - 0.5;
      let v = values[i * dimensions + 1]! / 65535 - 0.5;
      if (dimensions === 3) {
        const w = values[i * dimensions + 2]! / 65535 - 0.5;
        const depth = w * cy - u * sy;
        u = u * cy + w * sy;
        v = v * cp - depth * sp;
      }
      this.#screen[2 * i] = width / 2 + x + u * size;
      this.#screen[2 * i + 1] = height / 2 + y - v * size;
    }
  }

  #drawNow(): void {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#project(width, height);
    const side =
      Math.max(1.5, Math.min(7, 260 / Math.sqrt(this.data.points))) * Math.min(3, Math.sqrt(this.#view.scale));
    context.globalAlpha = 0.75;
    let current = -1;
    for (const i of this.#order) {
      const label = this.data.classOf[i]!;
      if (label !== current) {
        current = label;
        context.fillStyle = this.color(label);
      }
      if (this.hidden.has(label)) continue;
      context.fillRect(this.#screen[2 * i]! - side / 2, this.#screen[2 * i + 1]! - side / 2, side, side);
    }
  }

  #listen(): void {
    let from: { x: number; y: number } | undefined;
    this.canvas.addEventListener('pointerdown', (event) => {
      from = { x: event.clientX, y: event.clientY };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener('pointerup', () => {
      from = undefined;
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (!from) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      from = { x: event.clientX, y: event.clientY };
      if (this.data.dimensions === 3 && !event.shiftKey) {
        this.#view.yaw += dx * 0.008;
        this.#view.pitch += dy * 0.008;
      } else {
        this.#view.x += dx;
        this.#view.y += dy;
      }
      this.draw();
    });
    this.canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
      },
      { passive: false },
    );
    this.canvas.addEventListener('dblclick', () => this.reset());
  }

  /** Zooms by a factor and keeps the place (x, y) of the canvas where it is. */
  zoom(factor: number, x: number, y: number): void {
    const view = this.#view;
    const scale = Math.min(200, Math.max(0.3, view.scale * factor));
    const change = scale / view.scale;
    view.x = (view.x + this.canvas.clientWidth / 2 - x) * change + x - this.canvas.clientWidth / 2;
    view.y = (view.y + this.canvas.clientHeight / 2 - y) * change + y - this.canvas.clientHeight / 2;
    view.scale = scale;
    this.draw();
  }
}

/** Point numbers sorted by class, so that the colour changes once a class. */
function byClass(data: MapData): Uint32Array {
  const starts = new Uint32Array(data.classes.length + 1);
  for (const label of data.classOf) starts[label + 1]! += 1;
  for (let label = 0; label < data.classes.length; label++) starts[label + 1]! += starts[label]!;
  const order = new Uint32Array(data.points);
  for (let i = 0; i < data.points; i++) order[starts[data.classOf[i]!]!++] = i;
  return order;
}
