// Training an MLP classifier with Adam on shuffled minibatches: hebb and its peers, each timed a step.
import { MLPClassifier, setThreads } from '../../../dist/index.js';
import type { Contestant } from '../harness';
import { load } from '../peers/javascript';
import { PythonWorker } from '../peers/python';
import type { SuiteContext } from '../suite';
import { labelsFor, uniformMatrix } from './data';

export interface TrainingTask {
  sizes: number[];
  rows: number;
  batch: number;
  threads: number;
  /** Steps that one measurement of the peers takes. */
  steps: number;
}

const stepsAnEpoch = ({ rows, batch }: TrainingTask) => Math.ceil(rows / batch);
/** Epochs that take `task.steps` steps. */
const epochsOf = (task: TrainingTask) => Math.ceil(task.steps / stepsAnEpoch(task));

/** Seconds a step inside `fit`: shuffle, gather, forward, loss, backward, Adam; the copy of the data is set-up. */
export function hebbFit(task: TrainingTask): Contestant {
  const { sizes, rows, batch, threads } = task;
  const x = uniformMatrix(rows, sizes[0]!);
  const y = labelsFor(x, sizes.at(-1)!);
  const epochs = 3;
  return {
    name: 'hebb',
    async measure() {
      setThreads(threads);
      const stamps: number[] = [];
      const options = {
        hidden: sizes.slice(1, -1),
        optimizer: 'adam',
        batchSize: batch,
        epochs,
        seed: 1,
        threads,
      } as const;
      await new MLPClassifier(options).fit(x, y, { onEpoch: () => void stamps.push(performance.now()) });
      const seconds = (stamps.at(-1)! - stamps[0]!) / 1e3;
      return seconds / ((epochs - 1) * stepsAnEpoch(task));
    },
  };
}

/** Seconds an epoch of a few rows, in a `fit` of so many that it takes `task.steps`, all of it counted. */
export function hebbShortEpochs(task: TrainingTask): Contestant {
  const { sizes, rows, batch, threads } = task;
  const x = uniformMatrix(rows, sizes[0]!);
  const y = labelsFor(x, sizes.at(-1)!);
  const epochs = epochsOf(task);
  return {
    name: 'hebb',
    async measure() {
      setThreads(threads);
      const hidden = sizes.slice(1, -1);
      const start = performance.now();
      await new MLPClassifier({ hidden, optimizer: 'adam', batchSize: batch, epochs, seed: 1, threads }).fit(x, y);
      return (performance.now() - start) / 1e3 / epochs;
    },
  };
}

/** Peers that are timed a step, timed an epoch. */
export function anEpoch(task: TrainingTask, peers: Contestant[]): Contestant[] {
  return peers.map(({ name, measure }) => ({ name, measure: async () => (await measure()) * stepsAnEpoch(task) }));
}

/** PyTorch and scikit-learn in a Python process with as many threads; missing ones are named. */
export async function pythonTrainers(
  task: TrainingTask,
  context: SuiteContext,
  close: (() => void)[],
): Promise<Contestant[]> {
  const { sizes, rows, batch, threads, steps } = task;
  const contestants: Contestant[] = [];
  const setup = { sizes, rows, batch, classes: sizes.at(-1) };
  const torch = await PythonWorker.start(threads, ['torch']);
  if (typeof torch === 'string') context.note(`PyTorch is left out: ${torch}`);
  else {
    context.version('torch', torch.versions.torch!);
    close.push(() => torch.close());
    await torch.call('torch_train_setup', setup);
    contestants.push({ name: 'PyTorch', measure: () => torch.call<number>('torch_train_steps', { steps }) });
  }
  const sklearn = await PythonWorker.start(threads, ['sklearn', 'numpy']);
  if (typeof sklearn === 'string') context.note(`scikit-learn is left out: ${sklearn}`);
  else {
    context.version('scikit-learn', sklearn.versions.sklearn!);
    close.push(() => sklearn.close());
    const some = Math.min(rows, steps * batch);
    const epochs = Math.max(1, Math.floor(steps / Math.ceil(some / batch)));
    await sklearn.call('sklearn_train_setup', { ...setup, rows: some, epochs });
    contestants.push({ name: 'scikit-learn', measure: () => sklearn.call<number>('sklearn_train_epochs') });
  }
  return contestants;
}

interface BrainNetwork {
  train(data: { input: number[]; output: number[] }[], options: object): unknown;
}
type Brain = { NeuralNetwork: new (options: object) => BrainNetwork };

/** brain.js learns one sample at a time; its step counts as `batch` samples. */
export function brainTrainer(task: TrainingTask, context: SuiteContext): Contestant[] {
  const brain = load<Brain>('brain.js');
  if ('missing' in brain) {
    context.note(`left out: ${brain.missing}`);
    return [];
  }
  context.version('brain.js', brain.version);
  const { sizes, batch } = task;
  const samples = Math.min(task.rows, sizes[0]! > 100 ? 128 : 3200);
  const x = uniformMatrix(samples, sizes[0]!);
  const y = labelsFor(x, sizes.at(-1)!);
  const data = Array.from({ length: samples }, (_, row) => ({
    input: Array.from(x.data.subarray(row * x.cols, (row + 1) * x.cols)),
    output: Array.from({ length: sizes.at(-1)! }, (_, label) => (label === y[row] ? 1 : 0)),
  }));
  const network = new brain.module.NeuralNetwork({ hiddenLayers: sizes.slice(1, -1), activation: 'relu' });
  const iterations = samples < task.rows ? 1 : epochsOf(task); // as many as hebb where a measurement takes several
  const options = { iterations, errorThresh: 1e-9, praxis: 'adam', logPeriod: iterations + 1 };
  return [
    {
      name: 'brain.js',
      measure() {
        const start = performance.now();
        network.train(data, options);
        return ((performance.now() - start) / 1e3 / (samples * iterations)) * batch;
      },
    },
  ];
}
