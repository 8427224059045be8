// Checked by `npm run typecheck`, never run.
import { Graph, initializers, type Node, type Optimizer, optim, type Program } from '../../lib';
import { type Equal, expectType } from './expect';

const graph = new Graph();
const x = graph.input('x', ['B', 4]);
const ids = graph.input('ids', ['B'], 'i32');
const scores = graph.linear(x, 3, { activation: 'relu', weightInit: initializers.kaimingUniform() });
expectType<Equal<typeof scores, Node>>();
const loss = graph.softmaxCrossEntropy(scores, ids);
const program = graph.compile(
  { loss, outputs: { scores } },
  { maxBatch: 8, optimizer: optim.adamw({ weightDecay: 0.01 }) },
);
expectType<Equal<typeof program, Program>>();
expectType<Equal<ReturnType<typeof optim.sgd>, Optimizer>>();
expectType<Equal<ReturnType<Program['step']>, number>>();
// @ts-expect-error no such type of cells
graph.input('y', ['B'], 'f64');
// @ts-expect-error no such symbol
graph.input('z', ['Q', 4]);
// @ts-expect-error a batch needs its largest size
graph.compile({ loss, outputs: {} }, {});
// @ts-expect-error no such optimizer
optim.sdg();
