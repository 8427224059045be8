// Points as pixels: forms are drawn once into small masks, which are then blended into a buffer. That takes some
// milliseconds for 70,000 points, where as many calls of a canvas take ten times that without a graphics card.
import { inside, MARKS, markOf } from '../marks';

export type Rgb = readonly [number, number, number];

/** '#rrggbb' */
export function rgbOf(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** A form at one of four places within a pixel: coverage from 0 to 256, row after row. */
export interface Mask {
  side: number;
  /** From the pixel that the middle of the form lies in to the first one of the mask. */
  offset: number;
  coverage: Uint16Array;
}

const SAMPLES = 4;
/** Above this radius a shift by a quarter of a pixel does not show. */
const COARSE = 3;
const LEAST_RADIUS = 0.75;

function mask(label: number, radius: number, dx: number, dy: number): Mask {
  const outline = markOf(label);
  const reach = Math.max(...outline.flat().map(Math.abs)) * radius;
  const offset = Math.ceil(reach);
  const side = 2 * offset + 1;
  const coverage = new Uint16Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      let hits = 0;
      for (let s = 0; s < SAMPLES * SAMPLES; s++) {
        const x = col - offset + ((s % SAMPLES) + 0.5) / SAMPLES - dx;
        const y = row - offset + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES - dy;
        if (inside(outline, x / radius, -y / radius)) hits++;
      }
      coverage[row * side + col] = (256 * hits) / (SAMPLES * SAMPLES);
    }
  }
  return { side, offset, coverage };
}

/** The four masks of a form, by the quarter of the pixel that its middle lies in; made when they are wanted. */
export class Masks {
  readonly #made = new Map<string, Mask[]>();

  /** @param radius in device pixels; rounded, so that zooming does not make masks at every step */
  of(label: number, radius: number): Mask[] {
    const step = Math.round(6 * Math.log2(Math.max(LEAST_RADIUS, radius)));
    const key = `${label % MARKS.length} ${step}`;
    let masks = this.#made.get(key);
    if (masks === undefined) {
      const size = 2 ** (step / 6);
      const coarse = size > COARSE ? mask(label, size, 0.5, 0.5) : undefined;
      masks = [0, 1, 2, 3].map((q) => coarse ?? mask(label, size, 0.25 + 0.5 * (q & 1), 0.25 + 0.5 * (q >> 1)));
      this.#made.set(key, masks);
    }
    return masks;
  }
}

/** The pixels of a canvas. */
export class Raster {
  #image: ImageData;
  #pixels: Uint32Array;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.#image = new ImageData(1, 1);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  get width(): number {
    return this.#image.width;
  }

  /** Sets the size in device pixels and fills everything with a colour. */
  begin(width: number, height: number, [r, g, b]: Rgb): void {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    if (this.#image.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    this.#pixels.fill(0xff000000 | (b << 16) | (g << 8) | r);
  }

  /** Blends a form around a place in device pixels; `alpha` from 0 to 256. */
  stamp(masks: Mask[], x: number, y: number, [r, g, b]: Rgb, alpha: number): void {
    const [px, py] = [Math.floor(x), Math.floor(y)];
    const { side, offset, coverage } = masks[(x - px >= 0.5 ? 1 : 0) + (y - py >= 0.5 ? 2 : 0)];
    const { width, height } = this.#image;
    const [left, top] = [px - offset, py - offset];
    const [firstCol, lastCol] = [Math.max(0, -left), Math.min(side, width - left)];
    const [firstRow, lastRow] = [Math.max(0, -top), Math.min(side, height - top)];
    const pixels = this.#pixels;
    for (let row = firstRow; row < lastRow; row++) {
      const line = (top + row) * width + left;
      for (let col = firstCol; col < lastCol; col++) {
        const a = (coverage[row * side + col] * alpha) >> 8;
        if (a === 0) continue;
        const old = pixels[line + col];
        const [r0, g0, b0] = [old & 255, (old >> 8) & 255, (old >> 16) & 255];
        pixels[line + col] =
          0xff000000 |
          ((b0 + (((b - b0) * a) >> 8)) << 16) |
          ((g0 + (((g - g0) * a) >> 8)) << 8) |
          (r0 + (((r - r0) * a) >> 8));
      }
    }
  }

  show(): void {
    this.canvas.getContext('2d', { alpha: false })?.putImageData(this.#image, 0, 0);
  }
}
