import type { JsonObject } from '../data';
import { ArgumentError, DataError, ShapeError } from '../errors';
import { ACTIVATIONS, type Activation as ActivationName, type Graph, type Initializer, type Node } from '../graph';
import { checkBoolean, checkInteger, checkKeys, checkNumber, checkOneOf, show } from '../validate';

/**
 * A building block of `Sequential`: adds its part to a graph. Parameters are called `<name>.weight`, `<name>.bias`, as
 * PyTorch's modules of the same kind call them. Write your own by extending it; only the library's own layers can be
 * read back from a file.
 */
export abstract class Layer {
  /** The name of the class, as files have it. */
  abstract readonly kind: string;
  /**
   * Adds the layer to a graph.
   * @param x what it is applied to; B rows first
   * @param name unique in the graph: what parameters are called after
   * @returns the result
   * @throws ShapeError when `x` does not fit
   */
  abstract build(graph: Graph, x: Node, name: string): Node;
  /** What `layerFromJson` needs. */
  abstract toJSON(): JsonObject;
}

const MAX_UNITS = 2 ** 24;

/** Options of `Dense`. */
export interface DenseOptions {
  /** Of the result. Default 'identity'. */
  activation?: ActivationName;
  /** Add a bias. Default true. */
  bias?: boolean;
  /** Default PyTorch's nn.Linear: uniform within 1 / sqrt(inputs). Not saved. */
  weightInit?: Initializer;
  /** Default as `weightInit`'s. Not saved. */
  biasInit?: Initializer;
}

/** activation(x W^T + b) over the last dimension: [..., inputs] to [..., units]. */
export class Dense extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'Dense';
  private readonly options: DenseOptions;

  /** @throws ArgumentError when a size or an option is wrong */
  constructor(
    /** Columns of the result. */
    readonly units: number,
    options: DenseOptions = {},
  ) {
    super();
    checkInteger(units, 'units', { min: 1, max: MAX_UNITS });
    checkKeys(options, ['activation', 'bias', 'weightInit', 'biasInit'], 'Dense');
    if (options.activation !== undefined) checkOneOf(options.activation, 'activation', ACTIVATIONS);
    if (options.bias !== undefined) checkBoolean(options.bias, 'bias');
    this.options = { ...options };
  }

  /** `x` [..., inputs] to [..., units]. */
  build(graph: Graph, x: Node, name: string): Node {
    return graph.linear(x, this.units, { name, ...this.options });
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    const { activation, bias } = this.options;
    return {
      kind: this.kind,
      units: this.units,
      ...(activation === undefined ? {} : { activation }),
      ...(bias === undefined ? {} : { bias }),
    };
  }
}

/** An elementwise function by name; `alpha` is the slope of 'leaky_relu' (0.01) or the scale of 'elu' (1). */
export class Activation extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'Activation';

  /** @throws ArgumentError when the name is unknown */
  constructor(
    /** The name of the function. */
    readonly activation: ActivationName,
    /** Its parameter. Default: PyTorch's. */
    readonly alpha?: number,
  ) {
    super();
    checkOneOf(activation, 'activation', ACTIVATIONS);
    if (alpha !== undefined) checkNumber(alpha, 'alpha');
  }

  /** The same shape as `x`. */
  build(graph: Graph, x: Node): Node {
    return graph.activation(x, this.activation, this.alpha);
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    const { kind, activation, alpha } = this;
    return { kind, activation, ...(alpha === undefined ? {} : { alpha }) };
  }
}

/**
 * In training each value is 0 with probability `p`, else divided by 1 - p; in prediction nothing happens (Srivastava et
 * al. 2014).
 */
export class Dropout extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'Dropout';

  /** @throws ArgumentError when `p` is outside [0, 1) */
  constructor(
    /** The share of values that become 0. */
    readonly p: number,
  ) {
    super();
    checkNumber(p, 'p', { min: 0, max: 1, exclusiveMax: true });
  }

  /** The same shape as `x`. */
  build(graph: Graph, x: Node): Node {
    return graph.dropout(x, this.p);
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    return { kind: this.kind, p: this.p };
  }
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Learn a gain and a shift for each column. Default true. */
  affine?: boolean;
}

/** (x - mean) / sqrt(variance + eps) * gain + shift over the last dimension (Ba, Kiros, Hinton 2016). */
export class LayerNorm extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'LayerNorm';
  private readonly options: LayerNormOptions;

  /** @throws ArgumentError when an option is wrong */
  constructor(options: LayerNormOptions = {}) {
    super();
    checkKeys(options, ['eps', 'affine'], 'LayerNorm');
    if (options.eps !== undefined) checkNumber(options.eps, 'eps', { min: 0 });
    if (options.affine !== undefined) checkBoolean(options.affine, 'affine');
    this.options = { ...options };
  }

  /** The same shape as `x`. */
  build(graph: Graph, x: Node, name: string): Node {
    return graph.layerNorm(x, { name, ...this.options });
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    return { kind: this.kind, ...this.options };
  }
}

/**
 * Rows of a learned table by id: whole numbers [B, n] to [B, n, width]. Only as the first layer. Gradients and updates
 * touch only the rows that occur; a negative id means "nothing" and gives zeros.
 */
export class Embedding extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'Embedding';

  /**
   * @param rows ids go from 0 to rows - 1
   * @throws ArgumentError when a size is no positive integer
   */
  constructor(
    /** Rows of the table. */
    readonly rows: number,
    /** Columns of the table. */
    readonly width: number,
  ) {
    super();
    checkInteger(rows, 'rows', { min: 1, max: 2 ** 31 - 1 });
    checkInteger(width, 'width', { min: 1, max: MAX_UNITS });
  }

  /** Whole numbers [B, n] to [B, n, width]. */
  build(graph: Graph, x: Node, name: string): Node {
    return graph.embedding(x, this.rows, this.width, { name });
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    return { kind: this.kind, rows: this.rows, width: this.width };
  }
}

/** [B, n, width] to [B, n * width]. */
export class Flatten extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'Flatten';

  /** [B, n, width] to [B, n * width]. @throws ShapeError when a size but the first is not known */
  build(graph: Graph, x: Node): Node {
    const [batch, ...rest] = x.shape;
    const width = rest.reduce<number>((product, dim) => {
      if (typeof dim === 'number') return product * dim;
      throw new ShapeError(`Expected Flatten to have an input of known size, received [${x.shape}].`);
    }, 1);
    return graph.reshape(x, [batch, width]);
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    return { kind: this.kind };
  }
}

/** The mean over all but the first and the last dimension: [B, n, width] to [B, width]. */
export class MeanPool extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'MeanPool';

  /** [B, n, width] to [B, width]. @throws ShapeError on fewer than three dimensions */
  build(graph: Graph, x: Node): Node {
    if (x.shape.length < 3) {
      throw new ShapeError(`Expected MeanPool to have an input of three dimensions or more, received [${x.shape}].`);
    }
    return graph.mean(x, { axis: x.shape.slice(1, -1).map((_, i) => i + 1) });
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    return { kind: this.kind };
  }
}

/** x + f(x), where f is the layers given: they must keep the shape (He et al. 2016). */
export class Residual extends Layer {
  /** The name of the class, as files have it. */
  readonly kind = 'Residual';
  /** What f consists of, in this order. */
  readonly layers: readonly Layer[];

  /** @throws ArgumentError when there are no layers */
  constructor(layers: readonly Layer[]) {
    super();
    this.layers = checkLayers(layers, 'Residual');
  }

  /** The same shape as `x`. @throws ShapeError when the layers change it */
  build(graph: Graph, x: Node, name: string): Node {
    const y = buildLayers(graph, x, this.layers, `${name}.block`);
    if (y.shape.length !== x.shape.length || y.shape.some((dim, i) => dim !== x.shape[i])) {
      throw new ShapeError(`Expected the layers of Residual to keep the shape [${x.shape}], they give [${y.shape}].`);
    }
    return graph.add(x, y);
  }

  /** What `layerFromJson` needs. */
  toJSON(): JsonObject {
    return { kind: this.kind, layers: this.layers.map((layer) => layer.toJSON()) };
  }
}

/** Refuses anything but a list of layers that is not empty. */
export function checkLayers(layers: unknown, owner: string): readonly Layer[] {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new ArgumentError(
      `Expected the layers of ${owner} to be an array such as [new Dense(8)], received ${show(layers)}.`,
    );
  }
  for (const [i, layer] of layers.entries()) {
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(
        `Expected layer ${i} of ${owner} to be a layer such as new Dense(8), received ${show(layer)}.`,
      );
    }
  }
  return [...layers];
}

/** Adds layers one after the other, called `<name>.0`, `<name>.1`, ... */
export function buildLayers(graph: Graph, x: Node, layers: readonly Layer[], name: string): Node {
  return layers.reduce((node, layer, i) => layer.build(graph, node, `${name}.${i}`), x);
}

type Fields = Record<string, never>;

const KINDS: Record<string, (json: Fields) => Layer> = {
  Dense: ({ units, kind: _, ...options }) => new Dense(units, options),
  Activation: ({ activation, alpha }) => new Activation(activation, alpha),
  Dropout: ({ p }) => new Dropout(p),
  LayerNorm: ({ kind: _, ...options }) => new LayerNorm(options),
  Embedding: ({ rows, width }) => new Embedding(rows, width),
  Flatten: () => new Flatten(),
  MeanPool: () => new MeanPool(),
  Residual: ({ layers }) => new Residual((Array.isArray(layers) ? layers : []).map(layerFromJson)),
};

/** Makes a layer from what its `toJSON` gave. @throws DataError when the kind is unknown; as the constructors */
export function layerFromJson(json: unknown): Layer {
  const kind = (json as { kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    throw new DataError(`Expected a layer of ${Object.keys(KINDS).join(', ')}, found ${show(kind)}.`);
  }
  return KINDS[kind](json as Fields);
}
