import { MLPClassifier, setThreads } from '../../../dist/index.js';
import { type Case, type Contestant, timed } from '../harness';
import { limitFor } from '../machine';
import { load } from '../peers/javascript';
import { PythonWorker } from '../peers/python';
import type { Suite, SuiteContext } from '../suite';
import { labelsFor, mlpFlops, uniformMatrix } from './data';

const sizes = [784, 512, 256, 10];
const batches = [1, 32, 128];
const atLeast: Record<number, number> = { 1: 1.3, 32: 1.1, 128: 1.0 };

interface OrtSession {
  run(feeds: Record<string, unknown>): Promise<unknown>;
}
interface Ort {
  InferenceSession: { create(path: string, options: object): Promise<OrtSession> };
  Tensor: new (type: string, data: Float32Array, dims: number[]) => unknown;
}

async function onnx(
  path: string,
  threads: number,
  context: SuiteContext,
): Promise<((batch: number) => Contestant) | undefined> {
  const ort = load<Ort>('onnxruntime-node');
  if ('missing' in ort) {
    context.note(`left out: ${ort.missing}`);
    return undefined;
  }
  context.version('onnxruntime-node', ort.version);
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  };
  const session = await ort.module.InferenceSession.create(path, options);
  return (batch) => {
    const x = new ort.module.Tensor('float32', uniformMatrix(batch, sizes[0]!).data, [batch, sizes[0]!]);
    return { name: 'onnxruntime-node', measure: () => timed(() => session.run({ x })) };
  };
}

/** Inference of a trained MLP, the whole call of the user: values in, probabilities out. */
export const mlpInfer: Suite = {
  name: 'mlp-infer',
  description: 'inference of 784-512-256-10 at batch 1, 32 and 128',
  rounds: 7,
  async setup(context) {
    const x = uniformMatrix(256, sizes[0]!);
    const options = { hidden: sizes.slice(1, -1), epochs: 1, batchSize: 128, seed: 1 };
    const cases: Case[] = [];
    const close: (() => void)[] = [];
    for (const threads of context.threads) {
      const models: { name: string; model: MLPClassifier }[] = [];
      for (const precision of ['f32', 'bf16', 'int8'] as const) {
        const model = new MLPClassifier({ ...options, threads, precision });
        await model.fit(x, labelsFor(x, sizes.at(-1)!));
        models.push({ name: precision === 'f32' ? 'hebb' : `hebb, ${precision}`, model });
      }
      const torch = await PythonWorker.start(threads, ['torch']);
      let ort: Awaited<ReturnType<typeof onnx>>;
      if (typeof torch === 'string')
        context.note(`PyTorch and onnxruntime are left out (PyTorch writes the ONNX file): ${torch}`);
      else {
        context.version('torch', torch.versions.torch!);
        close.push(() => torch.close());
        ort = await onnx(await torch.call<string>('torch_infer_setup', { sizes, batches }), threads, context);
      }
      for (const batch of batches) {
        const input = uniformMatrix(batch, sizes[0]!);
        const hebb = models.map(
          ({ name, model }): Contestant => ({
            name,
            measure() {
              setThreads(threads);
              return timed(() => model.predictProba(input));
            },
          }),
        );
        const peers: Contestant[] = [];
        if (ort) peers.push(ort(batch));
        if (typeof torch !== 'string') {
          const calls = batch === 1 ? 5000 : 500;
          peers.push({ name: 'PyTorch (jit)', measure: () => torch.call<number>('torch_infer', { batch, calls }) });
        }
        cases.push({
          name: `batch ${batch}`,
          threads,
          work: { amount: mlpFlops(sizes, false) * batch, unit: 'FLOP' },
          limit: { rate: limitFor(context.machine, threads).gflops * 1e9, name: 'FMA peak' },
          target: { ratio: [{ peer: 'onnxruntime-node', atLeast: threads === 1 ? atLeast[batch]! : 1.3 }] },
          contestants: [...hebb, ...peers],
        });
      }
    }
    return { cases, close: () => close.forEach((end) => void end()) };
  },
};
