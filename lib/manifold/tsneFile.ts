import { type JsonObject, Matrix } from '../data';
import { PCA } from '../decomposition';
import { DataError } from '../errors';
import { readArtefact, type Tensor, type TensorInput, writeArtefact } from '../io';
import type { TsneOptions } from './tsneOptions';

/** What a saved t-SNE map holds. */
export interface SavedTsne {
  /** All but a given start. */
  options: Omit<TsneOptions, 'init'>;
  embedding: Matrix;
  /** NaN when it is not known. */
  klDivergence: number;
  nIter: number;
  /** What `transform` looks for neighbours in, reduced if the map has a reduction. */
  features: Matrix | undefined;
  reduction: PCA | undefined;
}

const REDUCTION = 'reduction.';

const tensorOf = (m: Matrix): TensorInput => ({ data: m.data, shape: [m.rows, m.cols] });

export async function writeTsne(file: string, saved: SavedTsne): Promise<void> {
  const { options, embedding, klDivergence, nIter, features } = saved;
  const reduction = saved.reduction?.parts();
  const own = Object.entries(reduction?.tensors ?? {}).map(([name, tensor]) => [REDUCTION + name, tensor] as const);
  const config: JsonObject = {
    options: options as JsonObject,
    nIter,
    ...(Number.isFinite(klDivergence) && { klDivergence }),
    ...(reduction && { reduction: reduction.config }),
  };
  const tensors = {
    embedding: tensorOf(embedding),
    ...(features && { features: tensorOf(features) }),
    ...Object.fromEntries(own),
  };
  await writeArtefact(file, { kind: 'TSNE', config, tensors });
}

function matrixOf(tensor: Tensor | undefined, name: string, file: string): Matrix | undefined {
  if (tensor === undefined) return undefined;
  const [rows, cols] = tensor.shape;
  if (!(tensor.data instanceof Float32Array) || tensor.shape.length !== 2) {
    throw new DataError(`Expected tensor \`${name}\` of ${file} to be a float32 matrix.`);
  }
  return new Matrix(tensor.data, rows as number, cols as number);
}

/** @throws DataError when the file holds no map */
export async function readTsne(file: string): Promise<SavedTsne> {
  const { config, tensors } = await readArtefact(file, ['TSNE']);
  const { options, klDivergence, nIter, reduction } = config as unknown as {
    options: TsneOptions;
    klDivergence?: number;
    nIter?: number;
    reduction?: JsonObject;
  };
  const embedding = matrixOf(tensors.embedding, 'embedding', file);
  if (embedding === undefined) throw new DataError(`Expected ${file} to hold a tensor \`embedding\`, found none.`);
  const own = Object.entries(tensors)
    .filter(([name]) => name.startsWith(REDUCTION))
    .map(([name, tensor]) => [name.slice(REDUCTION.length), tensor] as const);
  return {
    options,
    embedding,
    klDivergence: klDivergence ?? Number.NaN,
    nIter: nIter ?? 0,
    features: matrixOf(tensors.features, 'features', file),
    reduction: reduction && PCA.fromParts({ config: reduction, tensors: Object.fromEntries(own) }, file),
  };
}
