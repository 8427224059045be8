import { createDataset, Graph, matmul, optim } from '../../../dist/index.js';
import { type Case, timed } from '../harness';
import type { Suite } from '../suite';
import { uniformMatrix } from './data';

/** A program of one small layer, whose work is next to nothing. */
function tinyProgram() {
  const graph = new Graph();
  const x = graph.input('x', ['B', 4]);
  const target = graph.input('y', ['B', 1]);
  const y = graph.linear(x, 1);
  const loss = graph.mse(y, target);
  return graph.compile({ loss, outputs: { y } }, { maxBatch: 8, optimizer: optim.sgd() });
}

/** What crossing from JavaScript to native code costs, without work worth mentioning on the other side. */
export const overhead: Suite = {
  name: 'overhead',
  description: 'the cost of a call from JavaScript, without work worth mentioning',
  rounds: 7,
  async setup() {
    const program = tinyProgram();
    const feeds = { x: new Float32Array(32).fill(0.5), y: new Float32Array(8).fill(1) };
    const data = createDataset({ x: uniformMatrix(8, 4), y: uniformMatrix(8, 1) });
    const [a, b] = [uniformMatrix(4, 4), uniformMatrix(4, 4)];
    const single = (name: string, work: () => unknown): Case => ({
      name,
      threads: 1,
      work: { amount: 1, unit: 'call' },
      contestants: [{ name: 'hebb', measure: () => timed(work, 0.1) }],
    });
    return {
      cases: [
        single('matmul of 4 x 4', () => matmul(a, b)),
        single('program.forward, 8 rows of 4', () => program.forward(feeds)),
        single('program.step, 8 rows of 4', () => program.step(feeds, 0)),
        single('await program.run, one step', () => program.run(data, { learningRates: 0 })),
      ],
      close: () => {
        program.dispose();
        data.dispose();
      },
    };
  },
};
