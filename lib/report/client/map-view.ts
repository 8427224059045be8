// A map of points on a canvas. A drawing of our own because one canvas must take 70,000 points at every frame, turn
// maps in three dimensions and play the optimisation.
import {
  classColor,
  missingColor,
  pointRadius,
  project,
  reachOf,
  scaleColor,
  shuffledOrder,
  startView,
  type View,
} from '../marks';
import { Masks, Raster, type Rgb, rgbOf } from './raster';

export interface MapData {
  /** Points, and coordinates of each: 2 or 3. */
  points: number;
  dimensions: number;
  /** Frames of points x dimensions values, 0 to 65535 over the extent of all of them; the last one is the result. */
  frames: Uint16Array[];
  /** What each frame is called, e.g. "iteration 250". */
  frameNames: string[];
  classes: string[];
  /** The class whose points are grey. */
  noise?: number;
  /** Class of each point. */
  classOf: Uint16Array;
  /** A number of each point instead of classes: 0 to 65534 from `low` to `high`, 65535 where it is missing. */
  values?: { name: string; low: number; high: number; of: Uint16Array };
  /** What hovering says of each point; may be shorter than `points`. */
  labels: string[];
}

/** Colours of the page. */
export interface Theme {
  dark: boolean;
  palette: string[];
  /** What the map lies on. */
  ground: string;
}

const SCALE_STEPS = 64;
/** Steps of size and paleness of a map in three dimensions. */
const DEPTH_STEPS = 12;
/** Of 256: points are a little transparent, and those beside a highlighted class much. */
const ALPHA = 205;
const DIMMED = 36;

/** Maps whose classes are switched and highlighted together. */
export class Selection {
  readonly hidden = new Set<number>();
  highlighted: number | undefined;
  readonly #views: MapView[] = [];

  add(view: MapView): void {
    this.#views.push(view);
  }

  /** Draws all of the maps after a change. */
  changed(): void {
    for (const view of this.#views) view.draw();
  }

  /** Points at the same row on all of the maps. */
  mark(point: number | undefined): void {
    for (const view of this.#views) view.mark(point);
  }
}

/** The points of one map on the screen. */
export class MapView {
  #frame: number;
  #view: View = startView();
  #theme: Theme = { dark: false, palette: [], ground: '#ffffff' };
  #pending = false;
  #marked: number | undefined;
  readonly #raster: Raster;
  readonly #masks = new Masks();
  readonly #screen: Float32Array;
  readonly #depth: Float32Array;
  readonly #order: Uint32Array;
  readonly #sorted: Uint32Array;
  readonly #reach: number;
  /** Called after each drawing. */
  drawn: () => void = () => {};

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly data: MapData,
    readonly selection: Selection,
  ) {
    this.#raster = new Raster(canvas);
    this.#frame = data.frames.length - 1;
    this.#screen = new Float32Array(data.points * 2);
    this.#depth = new Float32Array(data.points).fill(1);
    this.#order = shuffledOrder(data.points);
    this.#sorted = new Uint32Array(data.dimensions === 3 ? data.points : 0);
    this.#reach = Math.max(...data.frames.map((frame) => reachOf(frame, data.dimensions)));
    selection.add(this);
  }

  get frame(): number {
    return this.#frame;
  }
  set frame(index: number) {
    this.#frame = index;
    this.draw();
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.draw();
  }

  color(label: number): string {
    return classColor(this.#theme.palette, label, this.#theme.dark, this.data.noise);
  }

  move(dx: number, dy: number): void {
    this.#view.x += dx;
    this.#view.y += dy;
    this.draw();
  }

  turn(yaw: number, pitch = 0): void {
    this.#view.yaw += yaw;
    this.#view.pitch += pitch;
    this.draw();
  }

  reset(): void {
    this.#view = startView();
    this.draw();
  }

  /** Zooms by a factor and keeps the place (x, y) of the canvas where it is; without one the middle. */
  zoom(factor: number, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2): void {
    const view = this.#view;
    const scale = Math.min(200, Math.max(0.3, view.scale * factor));
    const change = scale / view.scale;
    const [middleX, middleY] = [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
    view.x = (view.x + middleX - x) * change + x - middleX;
    view.y = (view.y + middleY - y) * change + y - middleY;
    view.scale = scale;
    this.draw();
  }

  /** Draws at the next animation frame, however often it is called before. */
  draw(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.drawNow();
    });
  }

  mark(point: number | undefined): void {
    this.#marked = point;
    this.drawn();
  }

  /** Where the marked point lies on the canvas, in CSS pixels. */
  get markedPlace(): { x: number; y: number } | undefined {
    const point = this.#marked;
    if (point === undefined || point >= this.data.points) return undefined;
    return { x: this.#screen[2 * point], y: this.#screen[2 * point + 1] };
  }

  #visible(point: number): boolean {
    return this.selection.hidden.size === 0 || !this.selection.hidden.has(this.data.classOf[point]);
  }

  /** The visible point nearest to a place on the canvas, at most `reach` CSS pixels away. */
  pointAt(x: number, y: number, reach = 8): number | undefined {
    let best = reach * reach;
    let found: number | undefined;
    for (let i = 0; i < this.data.points; i++) {
      const dx = this.#screen[2 * i] - x;
      const dy = this.#screen[2 * i + 1] - y;
      const distance = dx * dx + dy * dy;
      if (distance < best && this.#visible(i)) [best, found] = [distance, i];
    }
    return found;
  }

  /** Point numbers from far to near. */
  #byDepth(): Uint32Array {
    const starts = new Uint32Array(1025);
    const bucket = (i: number) => (this.#depth[i] * 1023) | 0;
    for (let i = 0; i < this.data.points; i++) starts[bucket(i) + 1]++;
    for (let k = 0; k < 1024; k++) starts[k + 1] += starts[k];
    for (const i of this.#order) this.#sorted[starts[bucket(i)]++] = i;
    return this.#sorted;
  }

  /** The colour of each point's class, or of its step on the scale. */
  #tones(): Rgb[] {
    const { dark } = this.#theme;
    if (this.data.values === undefined) {
      const classes = Math.max(1, this.data.classes.length);
      return Array.from({ length: classes }, (_, label) => rgbOf(this.color(label)));
    }
    const steps = Array.from({ length: SCALE_STEPS }, (_, i) => rgbOf(scaleColor(i / (SCALE_STEPS - 1), dark)));
    return [...steps, rgbOf(missingColor(dark))];
  }

  #toneOf(): (point: number) => number {
    const { values, classOf } = this.data;
    if (values === undefined) return (point) => classOf[point];
    return (point) => (values.of[point] === 65535 ? SCALE_STEPS : (values.of[point] * SCALE_STEPS) >> 16);
  }

  /** Draws at once. */
  drawNow(): void {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    const { data } = this;
    project(
      data.frames[this.#frame],
      data.dimensions,
      this.#reach,
      this.#view,
      width,
      height,
      this.#screen,
      this.#depth,
    );
    this.#raster.begin(Math.round(width * ratio), Math.round(height * ratio), rgbOf(this.#theme.ground));
    const { highlighted } = this.selection;
    if (highlighted === undefined) this.#stampAll(ratio, ALPHA, () => true);
    else {
      this.#stampAll(ratio, DIMMED, (point) => data.classOf[point] !== highlighted);
      this.#stampAll(ratio, ALPHA, (point) => data.classOf[point] === highlighted);
    }
    this.#raster.show();
    this.drawn();
  }

  #stampAll(ratio: number, alpha: number, wanted: (point: number) => boolean): void {
    const { data } = this;
    const solid = data.dimensions === 3;
    const { clientWidth, clientHeight } = this.canvas;
    // Of a small canvas points take a larger share, or their forms would not show.
    const size = Math.sqrt(900 * Math.min(900, clientWidth, clientHeight));
    const radius = pointRadius(data.points, size) * Math.min(3, Math.sqrt(this.#view.scale)) * ratio;
    const [tones, toneOf] = [this.#tones(), this.#toneOf()];
    const ground = rgbOf(this.#theme.ground);
    const faded = (tone: Rgb, near: number): Rgb => {
      const share = 0.55 + 0.45 * near;
      return tone.map((v, c) => ground[c] + (v - ground[c]) * share) as unknown as Rgb;
    };
    const steps = solid ? DEPTH_STEPS : 1;
    const nearness = (step: number) => (solid ? (step + 0.5) / steps : 1);
    const colors = Array.from({ length: steps }, (_, s) => tones.map((tone) => faded(tone, nearness(s))));
    const forms = Array.from({ length: steps }, (_, s) => {
      const size = solid ? radius * (0.55 + 0.75 * nearness(s)) : radius;
      return tones.map((_, label) => this.#masks.of(data.values ? 0 : label, size));
    });
    for (const i of solid ? this.#byDepth() : this.#order) {
      if (!this.#visible(i) || !wanted(i)) continue;
      const step = solid ? Math.min(steps - 1, (this.#depth[i] * steps) | 0) : 0;
      const tone = toneOf(i);
      const [x, y] = [this.#screen[2 * i] * ratio, this.#screen[2 * i + 1] * ratio];
      this.#raster.stamp(forms[step][tone], x, y, colors[step][tone], alpha);
    }
  }
}
