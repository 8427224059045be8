import path from 'node:path';
import {
  type AbortError,
  BusyError,
  type Matrix,
  mapDivergence,
  NonFiniteError,
  nearestNeighbors,
  TSNE,
  type TsneProgress,
  type TsneResult,
  type TsneTransformProgress,
} from '../../../lib';
import { rejected } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';
import { clusters } from '../../helpers/unsupervised';

const temporary = temporaryFolder();
const x = clusters(300, 10, 4);

/** Starts a fit that is aborted at the first report after iteration `after`. */
async function aborted(model: TSNE, data: Matrix, after: number): Promise<AbortError<TsneResult>> {
  const controller = new AbortController();
  return model
    .fitTransform(data, {
      signal: controller.signal,
      onProgress: ({ iteration }) => {
        if (iteration > after) controller.abort();
      },
    })
    .then(
      () => {
        throw new Error('Expected an AbortError, the fit ended.');
      },
      (error) => error as AbortError<TsneResult>,
    );
}

describe('an aborted run', () => {
  it('tells the figures of the map that it gives, and the model holds that map', async () => {
    const model = new TSNE({ perplexity: 10, nIter: 1e7, snapshotEvery: 100 });
    const { partial } = await aborted(model, x, 450);
    const { embedding, klDivergence, gradientNorm, nIter, snapshots } = partial as TsneResult;
    expect(nIter).toBeGreaterThan(450);
    expect(model.embedding.data).toEqual(embedding.data);
    expect(model.klDivergence).toBe(klDivergence);
    const real = await mapDivergence(x, embedding, { perplexity: 10, pairs: 'neighbors' });
    // Barnes-Hut sums the pairs of the map approximately.
    expect(Math.abs(klDivergence - real)).toBeLessThan(0.02);
    expect(gradientNorm).toBeGreaterThan(0);
    const kept = snapshots.length;
    expect(snapshots.every(({ iteration }, i) => iteration === 100 * i)).toBe(true);
    await model.step(150);
    expect(snapshots.length).toBe(kept);
  });

  it('goes on as if nothing had happened', async () => {
    const options = { perplexity: 10, nIter: 400, seed: 3 } as const;
    const model = new TSNE(options);
    const { partial } = await aborted(model, x, 20);
    await model.step(400 - (partial as TsneResult).nIter);
    const whole = await new TSNE(options).fitTransform(x);
    expect(model.embedding.data).toEqual(whole.embedding.data);
    expect(model.klDivergence).toBe(whole.klDivergence);
  });

  it('leaves the map of an earlier fit when it ended before its own began', async () => {
    const model = new TSNE({ perplexity: 10, nIter: 50 });
    const before = (await model.fitTransform(x)).embedding;
    const signal = AbortSignal.abort();
    expect((await rejected(model.fit(x.sliceRows(0, 100), { signal }))).name).toBe('AbortError');
    expect(model.embedding).toBe(before);
    expect((await model.step(5)).nIter).toBe(55);
  });
});

describe('one TSNE', () => {
  it('does one thing at a time', async () => {
    const model = new TSNE({ perplexity: 10, nIter: 50 });
    const first = model.fitTransform(x);
    for (const [name, second] of [
      ['fitTransform', model.fitTransform(x.sliceRows(0, 200))],
      ['prepare', model.prepare(x)],
      ['step', model.step()],
      ['transform', model.transform(x)],
    ] as const) {
      await expect(second).rejects.toThrow(BusyError);
      await expect(second).rejects.toThrow(
        `Expected this TSNE to be idle for \`${name}\`, \`fitTransform\` is at work`,
      );
    }
    const alone = await new TSNE({ perplexity: 10, nIter: 50 }).fitTransform(x);
    expect((await first).embedding.data).toEqual(alone.embedding.data);
    const [a, b] = await Promise.all([model.transform(x.sliceRows(0, 9)), model.transform(x.sliceRows(0, 9))]);
    expect(a.data).toEqual(b.data);
  });

  it('reads its input at the call, and never again', async () => {
    const options = { perplexity: 10, nIter: 60 } as const;
    const whole = await new TSNE(options).fit(x);
    const [mine, fresh] = [x.clone(), x.sliceRows(0, 20)];
    const model = new TSNE(options);
    const running = model.fitTransform(mine);
    mine.data.fill(0);
    expect((await running).embedding.data).toEqual(whole.embedding.data);
    const want = await whole.transform(fresh);
    const queries = fresh.clone();
    const placing = model.transform(queries);
    queries.data.fill(7);
    expect((await placing).data).toEqual(want.data);
    const reduced = new TSNE({ ...options, pcaComponents: 5 });
    const again = x.clone();
    const reducing = reduced.fitTransform(again);
    again.data.fill(0);
    expect((await reducing).embedding.data).toEqual(
      (await new TSNE({ ...options, pcaComponents: 5 }).fitTransform(x)).embedding.data,
    );
  });

  it('keeps its map when a step blows up', async () => {
    const model = new TSNE({ perplexity: 10, nIter: 60 });
    const { embedding } = await model.fitTransform(x);
    await expect(model.step(50, { learningRate: 1e30 })).rejects.toThrow(NonFiniteError);
    expect(model.embedding.data).toEqual(embedding.data);
    await expect(model.step(1)).rejects.toThrow(/try a smaller `learningRate`/);
  });
});

describe('steps', () => {
  const options = {
    perplexity: 10,
    nIter: 130,
    earlyExaggerationIter: 30,
    lateExaggerationIter: 45,
    snapshotEvery: 25,
    seed: 4,
  } as const;

  it.each([[[130]], [[7, 40, 83]], [[29, 2, 54, 1, 44]]])('of %j iterations are those of a fit', async (steps) => {
    const whole = await new TSNE(options).fitTransform(x);
    const parts = new TSNE(options);
    await parts.prepare(x);
    let result: TsneResult | undefined;
    for (const count of steps) result = await parts.step(count);
    expect(result?.embedding.data).toEqual(whole.embedding.data);
    expect(result?.snapshots.map((s) => s.iteration)).toEqual([0, 25, 50, 75, 100, 125]);
    for (const [i, { embedding }] of whole.snapshots.entries()) {
      expect(result?.snapshots[i].embedding.data).toEqual(embedding.data);
    }
    expect(result?.klDivergence).toBe(whole.klDivergence);
  });

  it('go on in the last phase beyond the end', async () => {
    const late = new TSNE({ ...options, lateExaggeration: 3 });
    const same = new TSNE({ ...options, nIter: 150, lateExaggerationIter: 65, lateExaggeration: 3 });
    await late.fit(x);
    expect((await late.step(20)).embedding.data).toEqual((await same.fitTransform(x)).embedding.data);
  });

  it('go on from a loaded map', async () => {
    const file = path.join(temporary, 'steps.safetensors');
    const model = await new TSNE({ perplexity: 10, nIter: 300, seed: 4 }).fit(x);
    await model.save(file);
    const loaded = await TSNE.load(file);
    const early = await loaded.step(100, { signal: AbortSignal.abort() }).catch((e: unknown) => e);
    expect((early as AbortError<TsneResult>).partial?.embedding.data).toEqual(model.embedding.data);
    const { embedding, nIter, klDivergence } = await loaded.step(100);
    expect(nIter).toBe(400);
    expect(klDivergence).toBeLessThanOrEqual(model.klDivergence + 1e-3);
    expect(embedding.data).not.toEqual(model.embedding.data);
    const lists = await nearestNeighbors(x, { k: 30 });
    await (await new TSNE({ perplexity: 10, nIter: 20 }).fit(lists)).save(file);
    expect((await rejected((await TSNE.load(file)).step())).message).toMatch(
      /^Expected a map of features for `step` after loading/,
    );
    expect((await rejected(new TSNE().step())).message).toMatch(/fitted before `step`/);
  });
});

describe('a run without progress', () => {
  // Steps so long that the map trembles: its KL divergence soon stops falling.
  const options = { perplexity: 10, nIter: 3000, learningRate: 3000, earlyExaggerationIter: 100 } as const;

  it('ends at a look at the divergence, the same one whatever snapshots and steps there are', async () => {
    const plain = await new TSNE({ ...options, nIterWithoutProgress: 150 }).fitTransform(x);
    expect(plain.nIter).toBeLessThan(3000);
    // The divergence is known before the step that a look comes with.
    expect(plain.nIter % 50).toBe(1);
    const often = await new TSNE({ ...options, nIterWithoutProgress: 150, snapshotEvery: 40 }).fitTransform(x);
    expect(often.nIter).toBe(plain.nIter);
    const steps = new TSNE({ ...options, nIterWithoutProgress: 150 });
    await steps.prepare(x);
    let done = 0;
    for (let wanted = 30; done === wanted - 30; wanted += 30) done = (await steps.step(30)).nIter;
    expect(done).toBe(plain.nIter);
  });
});

describe('progress', () => {
  it('of a fit tells stage, fraction, iterations and the time that is left', async () => {
    const seen: TsneProgress[] = [];
    const model = new TSNE({ perplexity: 30, nIter: 3000, method: 'exact' });
    await model.fitTransform(clusters(900, 30, 5), { onProgress: (p) => seen.push(p) });
    for (const p of seen) {
      expect(p.done).toBeGreaterThanOrEqual(0);
      expect(p.done).toBeLessThanOrEqual(1);
      expect(p.nIter).toBe(3000);
    }
    const moving = seen.filter((p) => p.stage === 'optimize');
    expect(moving.length).toBeGreaterThan(2);
    for (const p of moving) expect(p.done).toBeCloseTo(p.iteration / 3000, 6);
    expect(moving.slice(1).every((p) => p.etaMs >= 0)).toBe(true);
  });

  it('of new points tells how many are placed', async () => {
    const model = await new TSNE({ perplexity: 10, nIter: 50 }).fit(x);
    const seen: TsneTransformProgress[] = [];
    await model.transform(clusters(4000, 10, 4), { nIter: 1000, onProgress: (p) => seen.push(p) });
    const placing = seen.filter((p) => p.stage === 'place');
    expect(placing.length).toBeGreaterThan(1);
    for (const [i, p] of placing.entries()) {
      expect(p.done).toBeGreaterThan(i === 0 ? 0 : placing[i - 1].done);
      expect(p.done).toBeLessThanOrEqual(1);
      expect(p.etaMs).toBeGreaterThanOrEqual(0);
    }
  });
});

test.each([
  [12, 50],
  [3, 100],
])(
  "the learning rate 'auto' is the points by the exaggeration, at least 50: %d, %d",
  async (earlyExaggeration, rate) => {
    const options = { perplexity: 10, nIter: 60, earlyExaggeration, seed: 2 } as const;
    const auto = await new TSNE(options).fitTransform(x);
    const spelled = await new TSNE({ ...options, learningRate: rate }).fitTransform(x);
    expect(auto.embedding.data).toEqual(spelled.embedding.data);
  },
);

test('a quarter of a short run is exaggerated, not all of it', async () => {
  const short = new TSNE({ perplexity: 10, nIter: 200, seed: 2 });
  const spelled = new TSNE({ perplexity: 10, nIter: 200, earlyExaggerationIter: 50, seed: 2 });
  expect((await short.fitTransform(x)).embedding.data).toEqual((await spelled.fitTransform(x)).embedding.data);
});
