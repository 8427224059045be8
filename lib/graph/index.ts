export { Column, type Work } from './column';
export { createDataset, datasetOf } from './dataset';
export { Graph } from './graph';
export * as initializers from './initializers';
export { ACTIVATIONS, type ElementwiseFunction, FUNCTIONS, graphInfo, opNames } from './names';
export { checkOptimizer, OPTIMIZERS } from './optimizer';
export type * from './types';
