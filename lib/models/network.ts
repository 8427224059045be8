import { DataError } from '../errors';
import type { Activation, Graph, Initializer, Node, StateDict } from '../graph';
import { show } from '../validate';

/** A chain of linear layers with an activation between them. */
export interface LayerShape {
  hidden: readonly number[];
  outputs: number;
  activation: Activation;
  dropout: number;
  /** Of weights and biases; default PyTorch's. */
  initializer: Initializer | undefined;
}

/** Adds the layers to a graph, with their parameters as `layers.0`, `layers.1`, ...; what comes back is linear, [B, outputs]. */
export function addLayers(graph: Graph, x: Node, shape: LayerShape): Node {
  const init = shape.initializer === undefined ? {} : { weightInit: shape.initializer, biasInit: shape.initializer };
  let node = x;
  for (const [i, units] of shape.hidden.entries()) {
    node = graph.linear(node, units, { name: `layers.${i}`, activation: shape.activation, ...init });
    if (shape.dropout > 0) node = graph.dropout(node, shape.dropout);
  }
  return graph.linear(node, shape.outputs, { name: `layers.${shape.hidden.length}`, ...init });
}

function matrixShape(weights: StateDict, name: string, file: string): [number, number] {
  const tensor = weights[name];
  if (tensor === undefined) {
    const names = Object.keys(weights);
    throw new DataError(`Expected ${file} to hold a tensor '${name}', found ${show(names)}.`);
  }
  if (tensor.shape.length !== 2) {
    throw new DataError(`Expected tensor '${name}' of ${file} to be a matrix, found shape [${tensor.shape}].`);
  }
  return [tensor.shape[0], tensor.shape[1]];
}

/**
 * Reads inputs, hidden sizes and outputs off the weights of a file, [out, in] each, and checks that they make a chain.
 * @throws DataError when a tensor is missing, of another shape, or none of the network's
 */
export function shapeOfWeights(
  weights: StateDict,
  file: string,
): { inputs: number; hidden: number[]; outputs: number } {
  const widths: number[] = [];
  for (let i = 0; i === 0 || `layers.${i}.weight` in weights; i++) {
    const [out, from] = matrixShape(weights, `layers.${i}.weight`, file);
    if (i === 0) widths.push(from);
    if (from !== widths[i] || out < 1 || from < 1) {
      throw new DataError(
        `Expected 'layers.${i}.weight' of ${file} to have ${widths[i]} columns and a row, found [${out}, ${from}].`,
      );
    }
    const bias = weights[`layers.${i}.bias`];
    if (bias === undefined || bias.data.length !== out || bias.shape.length !== 1) {
      const found = bias === undefined ? 'none' : `shape [${bias.shape}]`;
      throw new DataError(`Expected 'layers.${i}.bias' of ${file} to have shape [${out}], found ${found}.`);
    }
    widths.push(out);
  }
  const expected = 2 * (widths.length - 1);
  const extra = Object.keys(weights).find((name) => !isLayerName(name, widths.length - 1));
  if (extra !== undefined || Object.keys(weights).length !== expected) {
    throw new DataError(
      `Expected ${file} to hold ${expected} tensors of ${expected / 2} layers, found also '${extra}'.`,
    );
  }
  return { inputs: widths[0], hidden: widths.slice(1, -1), outputs: widths[widths.length - 1] };
}

function isLayerName(name: string, layers: number): boolean {
  const match = /^layers\.(\d+)\.(weight|bias)$/.exec(name);
  return match !== null && Number(match[1]) < layers;
}
