import type { Case } from '../harness';
import type { Suite, SuiteContext } from '../suite';
import {
  anEpoch,
  brainTrainer,
  hebbFit,
  hebbShortEpochs,
  pythonTrainers,
  type TrainingTask,
} from './train-contestants';

/** Epochs of a few rows, as in first steps and small tables: here the call is everything. */
const SHORT = [
  { name: 'epoch of 4 rows, 2-3-2', sizes: [2, 3, 2], rows: 4, batch: 4, threads: 1, steps: 5000 },
  { name: 'epoch of 160 rows, 4-16-3', sizes: [4, 16, 3], rows: 160, batch: 32, threads: 1, steps: 5000 },
];

async function shortEpochs(
  { name, ...task }: TrainingTask & { name: string },
  context: SuiteContext,
  close: (() => void)[],
): Promise<Case> {
  const peers = [...(await pythonTrainers({ ...task, steps: 500 }, context, close)), ...brainTrainer(task, context)];
  const contestants = [hebbShortEpochs(task), ...anEpoch(task, peers)];
  return { name, threads: 1, work: { amount: task.rows, unit: 'sample' }, contestants };
}

/** What most Node users train: here the overhead of a step is everything. */
export const mlpSmall: Suite = {
  name: 'mlp-small',
  description: 'a training step of 4-64-3, batch 32, Adam, 1,000 steps; epochs of a few rows in one fit',
  rounds: 7,
  async setup(context) {
    const close: (() => void)[] = [];
    const task = { sizes: [4, 64, 3], rows: 32000, batch: 32, threads: 1, steps: 1000 };
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
    const cases = [one];
    for (const short of SHORT) cases.push(await shortEpochs(short, context, close));
    return { cases, close: () => close.forEach((end) => void end()) };
  },
};
