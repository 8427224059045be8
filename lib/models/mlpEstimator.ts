import type { JsonObject } from '../data';
import type { Graph, Initializer, Node, StateDict } from '../graph';
import type { Artefact } from '../io';
import { Estimator } from './estimator';
import type { Head } from './head';
import { type ResolvedMLPOptions, savedOptions } from './mlpOptions';
import { weightsOf } from './modelFile';
import { addLayers, shapeOfWeights } from './network';

/** An estimator whose network is a chain of linear layers. @internal */
export abstract class MLPEstimator<Y, H extends Head<Y>> extends Estimator<Y, H> {
  protected abstract override readonly options: ResolvedMLPOptions;
  /** Of weights and biases; default PyTorch's. */
  protected readonly initializer: Initializer | undefined = undefined;
  /** The options beyond the shared ones. */
  protected abstract ownOptions(): JsonObject;

  /** The options as the model was made with, defaults filled in. Plain data but for a schedule that is a function. */
  get settings(): Readonly<ResolvedMLPOptions> & JsonObject {
    return { ...this.options, ...this.ownOptions() } as ResolvedMLPOptions & JsonObject;
  }

  protected addNetwork(graph: Graph, inputs: number, outputs: number): Node {
    const { hidden, activation, dropout } = this.options;
    const x = graph.input('x', ['B', inputs]);
    return addLayers(graph, x, { hidden, outputs, activation, dropout, initializer: this.initializer });
  }

  protected shapeOf(weights: StateDict, file: string): { inputs: number; outputs: number } {
    return shapeOfWeights(weights, file);
  }

  protected config(): JsonObject {
    return { ...savedOptions(this.options), ...this.ownOptions() };
  }
}

/** The options of a saved model: what its `config` says of `keys`, and the hidden layers that its weights have. */
export function optionsOf(artefact: Artefact, file: string, keys: readonly string[]): Record<string, unknown> {
  const out: Record<string, unknown> = { hidden: shapeOfWeights(weightsOf(artefact, file), file).hidden };
  for (const key of keys) {
    if (key !== 'hidden' && artefact.config[key] !== undefined) out[key] = artefact.config[key];
  }
  return out;
}
