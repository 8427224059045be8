import { AbortError } from '../../../lib/errors';
import { type AsyncRunOptions, createDataset, type Dataset, type Program } from '../../../lib/graph';
import { MLPClassifier, Sequential } from '../../../lib/models';
import { Dense, Dropout } from '../../../lib/nn';
import { exponential } from '../../../lib/optim';
import { type History, Trainer } from '../../../lib/train';
import { blobs } from '../../helpers/blobs';

const { X, y } = blobs(21, 3); // 63 rows: no multiple of the batch
const options = { hidden: [5], batchSize: 8, seed: 4, learningRate: 0.01 };
/** More than one call holds. */
const MANY = 600;

const lasting = (history: History) => ({
  ...history,
  seconds: 0,
  epochs: history.epochs.map((epoch) => ({ ...epoch, seconds: 0 })),
});

describe('short epochs that share a call', () => {
  test('give the weights and the history of one call each', async () => {
    const watched = new MLPClassifier({ ...options, epochs: MANY });
    const alone = new MLPClassifier({ ...options, epochs: MANY });
    const sync = new MLPClassifier({ ...options, epochs: MANY });
    const seen: number[] = [];
    const one = await watched.fit(X, y, { onEpoch: ({ epoch }) => void seen.push(epoch) });
    const several = await alone.fit(X, y);
    expect(seen).toHaveLength(MANY);
    expect(several.epochs).toHaveLength(MANY);
    expect(several).toMatchObject({ stoppedBy: 'epochs', bestEpoch: MANY - 1, steps: MANY * 8 });
    expect(lasting(several)).toEqual(lasting(one));
    expect(lasting(sync.fitSync(X, y))).toEqual(lasting(one));
    expect(alone.predictProba(X)).toEqual(watched.predictProba(X));
    expect(sync.predictProba(X)).toEqual(watched.predictProba(X));
    for (const { seconds } of several.epochs) expect(seconds).toBeGreaterThan(0);
  });

  test('also with dropout, a schedule and rows in order', async () => {
    const train = async (onEpoch?: () => void) => {
      const model = new Sequential([new Dense(6, { activation: 'relu' }), new Dropout(0.3), new Dense(3)]);
      model.compile({
        loss: 'softmaxCrossEntropy',
        learningRate: exponential(0.02, { gamma: 0.9, every: 10 }),
        seed: 2,
      });
      const training = { epochs: 30, batchSize: 16, shuffle: false, ...(onEpoch && { onEpoch }) };
      return [lasting(await model.fit(X, y, training)), model.predict(X)];
    };
    const several = await train();
    expect(several).toEqual(await train(() => {}));
  });

  test('end within one of them when aborted: the finished ones are in the history', async () => {
    const controller = new AbortController();
    const model = new MLPClassifier({ ...options, hidden: [200, 200], epochs: 100_000 });
    const fit = model.fit(X, y, { signal: controller.signal });
    setTimeout(() => controller.abort(), 60);
    const error = await fit.catch((reason: AbortError<History>) => reason);
    if (!(error instanceof AbortError)) throw new Error('Expected a fit that is aborted.');
    const { epochs, steps, stoppedBy } = error.partial as History;
    expect(stoppedBy).toBe('abort');
    expect(steps).toBeGreaterThanOrEqual(8 * epochs.length);
    expect(steps).toBeLessThan(8 * (epochs.length + 1));
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, i) => i));
    expect(error.message).toBe(`Training was aborted after ${epochs.length} of 100000 epochs.`);
  });
});

describe('an aborted training', () => {
  test('counts an epoch once when it ends while somebody is waited for', async () => {
    const controller = new AbortController();
    const model = new MLPClassifier({ ...options, epochs: 50 });
    const fit = model.fit(X, y, {
      signal: controller.signal,
      onEpoch: async ({ epoch }) => {
        if (epoch === 2) controller.abort(new Error('enough'));
      },
    });
    const error = await fit.catch((reason: AbortError<History>) => reason);
    if (!(error instanceof AbortError)) throw new Error('Expected a fit that is aborted.');
    expect(error.message).toBe('Training was aborted after 3 of 50 epochs.');
    expect(error.cause).toEqual(new Error('enough'));
    expect(error.partial).toMatchObject({ steps: 3 * 8, stoppedBy: 'abort', bestEpoch: 2 });
    expect((error.partial as History).epochs).toHaveLength(3);
  });

  test('takes no step of an evaluation for one of its own', async () => {
    const stats = { steps: 4, rows: 32, loss: 1, metrics: {}, seconds: 0 };
    const program = {
      run: async (_data: Dataset, { mode }: AsyncRunOptions) => {
        if (mode === 'train') return stats;
        throw new AbortError('The operation was aborted.', { partial: { ...stats, steps: 3 } });
      },
      state: () => ({}),
      load: () => {},
    } as unknown as Program;
    const data = createDataset({ x: new Float32Array(32) }, { rows: 32 });
    const settings = { epochs: 2, batchSize: 8, learningRate: 1, seed: 0, shuffle: false, validation: { data } };
    const error = await new Trainer(program, { data }, settings).run().catch((reason: AbortError<History>) => reason);
    expect((error as AbortError<History>).partial).toMatchObject({ steps: 4, stoppedBy: 'abort', epochs: [] });
  });
});
