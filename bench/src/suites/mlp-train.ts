import type { Case } from '../harness';
import { limitFor } from '../machine';
import type { Suite } from '../suite';
import { mlpFlops } from './data';
import { brainTrainer, hebbFit, pythonTrainers } from './train-contestants';

const sizes = [784, 512, 256, 10];
const batch = 128;

/** The usual MNIST network on 60,000 generated samples. */
export const mlpTrain: Suite = {
  name: 'mlp-train',
  description: 'a training step of 784-512-256-10, ReLU, softmax cross-entropy, Adam, batch 128, 60,000 samples',
  rounds: 5,
  async setup(context) {
    const close: (() => void)[] = [];
    const cases: Case[] = [];
    for (const threads of context.threads) {
      const task = { sizes, rows: 60000, batch, threads, steps: 150 };
      cases.push({
        name: 'step of 128 samples',
        threads,
        work: { amount: mlpFlops(sizes, true) * batch, unit: 'FLOP' },
        limit: { rate: limitFor(context.machine, threads).gflops * 1e9, name: 'FMA peak' },
        target: {
          ofLimit: threads === 1 ? 0.85 : 0.72,
          ratio: [{ peer: 'best', atLeast: threads === 1 ? 1.5 : 2 }],
        },
        contestants: [
          hebbFit(task),
          ...(await pythonTrainers(task, context, close)),
          ...(threads === 1 ? brainTrainer(task, context) : []),
        ],
      });
    }
    return { cases, close: () => close.forEach((end) => void end()) };
  },
};
