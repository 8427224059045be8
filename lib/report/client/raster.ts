// Points as pixels: forms are drawn once into small masks, which are then blended into a buffer. That takes some
// milliseconds for 70,000 points, where as many calls of a canvas take ten times that without a graphics card.
import { inside, MARKS, markOf } from '../marks';

export type Rgb = readonly [number, number, number];

/** '#rrggbb' */
export function rgbOf(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** A form at one of four places within a pixel: the pixels that it covers, from the one that its middle lies in. */
export interface Mask {
  dx: Int16Array;
  dy: Int16Array;
  /** 1 to 256. */
  coverage: Uint16Array;
  /** The largest distance in `dx` and `dy`. */
  reach: number;
}

const SAMPLES = 4;
/** Above this radius a shift by a quarter of a pixel does not show. */
const COARSE = 3;
const LEAST_RADIUS = 0.75;

function mask(label: number, radius: number, dx: number, dy: number): Mask {
  const outline = markOf(label);
  const reach = Math.ceil(Math.max(...outline.flat().map(Math.abs)) * radius);
  const covered: { col: number; row: number; share: number }[] = [];
  for (let row = -reach; row <= reach; row++) {
    for (let col = -reach; col <= reach; col++) {
      let hits = 0;
      for (let s = 0; s < SAMPLES * SAMPLES; s++) {
        const x = col + ((s % SAMPLES) + 0.5) / SAMPLES - dx;
        const y = row + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES - dy;
        if (inside(outline, x / radius, -y / radius)) hits++;
      }
      if (hits > 0) covered.push({ col, row, share: (256 * hits) / (SAMPLES * SAMPLES) });
    }
  }
  return {
    dx: Int16Array.from(covered, ({ col }) => col),
    dy: Int16Array.from(covered, ({ row }) => row),
    coverage: Uint16Array.from(covered, ({ share }) => share),
    reach,
  };
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
  stamp(masks: Mask[], x: number, y: number, color: Rgb, alpha: number): void {
    const px = Math.floor(x);
    const py = Math.floor(y);
    const { dx, dy, coverage, reach } = masks[(x - px >= 0.5 ? 1 : 0) + (y - py >= 0.5 ? 2 : 0)];
    const { width, height } = this.#image;
    if (px < -reach || py < -reach || px >= width + reach || py >= height + reach) return;
    const whole = px >= reach && py >= reach && px < width - reach && py < height - reach;
    const pixels = this.#pixels;
    // Red and blue are blended in one product: 16 bits hold a channel times 256.
    const redBlue = color[0] | (color[2] << 16);
    const green = color[1];
    for (let k = 0; k < coverage.length; k++) {
      const col = px + dx[k];
      const row = py + dy[k];
      if (!whole && (col < 0 || row < 0 || col >= width || row >= height)) continue;
      const a = (coverage[k] * alpha) >> 8;
      const at = row * width + col;
      const old = pixels[at];
      const mixed = (Math.imul(redBlue, a) + Math.imul(old & 0xff00ff, 256 - a)) >>> 8;
      const mixedGreen = (green * a + ((old >> 8) & 255) * (256 - a)) & 0xff00;
      pixels[at] = 0xff000000 | (mixed & 0xff00ff) | mixedGreen;
    }
  }

  show(): void {
    this.canvas.getContext('2d', { alpha: false })?.putImageData(this.#image, 0, 0);
  }
}
