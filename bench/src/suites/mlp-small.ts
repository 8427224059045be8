import type { Case } from '../harness';
import type { Suite } from '../suite';
import { brainTrainer, hebbFit, pythonTrainers } from './train-contestants';

const sizes = [4, 64, 3];

/** What most Node users train: here the overhead of a step is everything. */
export const mlpSmall: Suite = {
  name: 'mlp-small',
  description: 'a training step of 4-64-3, batch 32, Adam, 1,000 steps',
  rounds: 7,
  async setup(context) {
    const close: (() => void)[] = [];
    const task = { sizes, rows: 32000, batch: 32, threads: 1, steps: 1000 };
    const one: Case = {
      name: 'step of 32 samples',
      threads: 1,
      work: { amount: 32, unit: 'sample' },
      target: {
        seconds: 5e-6,
        ratio: [
          { peer: 'PyTorch', atLeast: 25 },
          { peer: 'brain.js', atLeast: 25 },
        ],
      },
      contestants: [hebbFit(task), ...(await pythonTrainers(task, context, close)), ...brainTrainer(task, context)],
    };
    return { cases: [one], close: () => close.forEach((end) => void end()) };
  },
};
