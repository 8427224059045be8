import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Matrix } from '../../../lib/data';
import { parseSafetensors, writeArtefact } from '../../../lib/io';
import { MLPClassifier, MLPRegressor, Perceptron } from '../../../lib/models';
import { adam, momentum } from '../../../lib/optim';
import { blobs, typed } from '../../helpers/blobs';

const folder = mkdtempSync(path.join(tmpdir(), 'hebb-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => path.join(folder, name);

describe('model files', () => {
  const { X, y } = blobs(30, 3);
  const labels = Array.from(y, (c) => ['a', 'b', 'c'][c]);

  test('a classifier comes back as it was', async () => {
    const model = new MLPClassifier<string[]>({
      hidden: [12, 5],
      activation: 'gelu',
      epochs: 10,
      standardize: true,
      threshold: 0.4,
      learningRate: 0.02,
      dropout: 0.25,
      seed: 9,
    });
    await model.fit(X, labels);
    await model.save(at('classifier.safetensors'));
    const same = await MLPClassifier.load<string[]>(at('classifier.safetensors'));
    expect(same.predictProba(X)).toEqual(model.predictProba(X));
    expect(same.predict(X)).toEqual(model.predict(X));
    expect(same.settings).toEqual(model.settings);
    expect([...same.classes]).toEqual(['a', 'b', 'c']);
    await same.save(at('again.safetensors'));
    expect(readFileSync(at('again.safetensors')).equals(readFileSync(at('classifier.safetensors')))).toBe(true);
  });

  test.each([
    ['no clipping', adam({ beta2: 0.9 })],
    ['clipping', momentum({ momentum: 0.5, clipNorm: 2 })],
  ])('an optimizer with options of its own comes back, %s', async (_, optimizer) => {
    const model = new MLPClassifier({ hidden: [4], epochs: 2, optimizer });
    await model.fit(X, y);
    await model.save(at('optimizer.safetensors'));
    const same = await MLPClassifier.load(at('optimizer.safetensors'));
    expect(same.settings).toEqual(model.settings);
    await same.fit(X, y);
    expect(same.predictProba(X)).toEqual(model.predictProba(X));
  });

  test('labels of every type come back in it', async () => {
    for (const given of [y, Array.from(y, (c) => c === 1), Array.from(y, (c) => c + 0.5)]) {
      const model = new MLPClassifier({ hidden: [4], epochs: 2 });
      await model.fit(X, given);
      await model.save(at('labels.safetensors'));
      expect((await MLPClassifier.load(at('labels.safetensors'))).predict(X)).toEqual(model.predict(X));
    }
  });

  test('a regressor comes back with its scalers, vector or matrix', async () => {
    for (const target of [X.column(0), X]) {
      const model = new MLPRegressor({
        hidden: [6],
        epochs: 3,
        standardize: true,
        standardizeTarget: true,
        loss: 'mae',
      });
      await model.fit(X, target);
      await model.save(at('regressor.safetensors'));
      const same = await MLPRegressor.load(at('regressor.safetensors'));
      expect(same.predict(X)).toEqual(model.predict(X));
      expect(same.settings).toEqual(model.settings);
    }
  });

  test('a one-column matrix stays a matrix', async () => {
    const model = new MLPRegressor<Matrix>({ hidden: [], epochs: 1 });
    await model.fit(X, X.sliceCols(0, 1));
    await model.save(at('column.safetensors'));
    expect((await MLPRegressor.load(at('column.safetensors'))).predict(X)).toBeInstanceOf(Matrix);
  });

  test('a perceptron comes back', async () => {
    const model = new Perceptron<string[]>({ epochs: 5, standardize: true });
    await model.fit(X, labels);
    await model.save(at('perceptron.safetensors'));
    const same = await Perceptron.load<string[]>(at('perceptron.safetensors'));
    expect(same.predict(X)).toEqual(model.predict(X));
    expect(same.settings).toEqual(model.settings);
  });

  test('what its owner attached comes back', async () => {
    const model = new MLPClassifier({ hidden: [], epochs: 1 });
    await model.fit(X, y);
    model.table = { kind: 'Mine', columns: ['x', 'y'] };
    await model.save(at('table.safetensors'));
    expect((await MLPClassifier.load(at('table.safetensors'))).table).toEqual({ kind: 'Mine', columns: ['x', 'y'] });
  });

  test('the file holds PyTorch names and layouts', async () => {
    const model = new MLPClassifier({ hidden: [7], epochs: 1 });
    await model.fit(X, y);
    await model.save(at('names.safetensors'));
    const { tensors } = parseSafetensors(readFileSync(at('names.safetensors')));
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      'layers.0.weight': [7, 2],
      'layers.0.bias': [7],
      'layers.1.weight': [3, 7],
      'layers.1.bias': [3],
    });
  });

  test('a loaded model goes on learning', async () => {
    const model = new MLPClassifier<string[]>({ hidden: [8], epochs: 2, seed: 4 });
    await model.fit(X, labels);
    await model.save(at('learn.safetensors'));
    const same = await MLPClassifier.load<string[]>(at('learn.safetensors'));
    const before = same.evaluate(X, labels).loss;
    for (let pass = 0; pass < 10; pass++) await same.partialFit(X, labels);
    expect(same.evaluate(X, labels).loss).toBeLessThan(before);
  });

  describe('that cannot be used are refused', () => {
    const good = async () => {
      const model = new MLPClassifier({ hidden: [4], epochs: 1 });
      await model.fit(X, y);
      await model.save(at('good.safetensors'));
      return readFileSync(at('good.safetensors'));
    };

    test('missing, a folder, empty, truncated, foreign', async () => {
      const bytes = await good();
      writeFileSync(at('empty'), '');
      writeFileSync(at('short'), bytes.subarray(0, bytes.length - 10));
      writeFileSync(at('foreign'), 'this is no model at all, just a text');
      const load = (name: string) => MLPClassifier.load(at(name));
      await expect(load('missing')).rejects.toEqual(typed('DataError', /ENOENT/));
      await expect(MLPClassifier.load(folder)).rejects.toEqual(typed('DataError', /regular file/));
      for (const name of ['empty', 'short', 'foreign'])
        await expect(load(name)).rejects.toEqual(typed('DataError', /./));
      await expect(MLPClassifier.load(undefined as never)).rejects.toEqual(typed('ArgumentError', /path/));
    });

    test('every single truncation and many flipped bytes leave the process alive', async () => {
      const bytes = await good();
      for (let length = 0; length < bytes.length; length += 17) {
        writeFileSync(at('cut'), bytes.subarray(0, length));
        await expect(MLPClassifier.load(at('cut'))).rejects.toEqual(expect.objectContaining({ code: 'ERR_DATA' }));
      }
      for (let k = 0; k < bytes.length; k += 13) {
        const flipped = Buffer.from(bytes);
        flipped[k] ^= 0x5a;
        writeFileSync(at('flipped'), flipped);
        await MLPClassifier.load(at('flipped')).catch((error) => expect(error.code).toMatch(/^ERR_/));
      }
    });

    test('of another kind', async () => {
      await good();
      await expect(MLPRegressor.load(at('good.safetensors'))).rejects.toEqual(typed('DataError', /MLPClassifier/));
    });

    const tensor = (shape: number[], value = 1) => ({
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
      shape,
    });
    const parts = {
      kind: 'MLPClassifier',
      config: {},
      classes: { kind: 'LabelEncoder', type: 'string', classes: ['a', 'b', 'c'] },
    };
    const broken: [string, Parameters<typeof writeArtefact>[1], RegExp][] = [
      ['without weights', { ...parts, tensors: {} }, /layers\.0\.weight/],
      [
        'with a broken chain',
        {
          ...parts,
          tensors: {
            'layers.0.weight': tensor([4, 2]),
            'layers.0.bias': tensor([4]),
            'layers.1.weight': tensor([3, 5]),
            'layers.1.bias': tensor([3]),
          },
        },
        /4 columns/,
      ],
      ['without a bias', { ...parts, tensors: { 'layers.0.weight': tensor([3, 2]) } }, /layers\.0\.bias/],
      [
        'with fewer outputs than classes',
        { ...parts, tensors: { 'layers.0.weight': tensor([2, 2]), 'layers.0.bias': tensor([2]) } },
        /3 rows, found 2/,
      ],
      [
        'with NaN in the weights',
        { ...parts, tensors: { 'layers.0.weight': tensor([3, 2], Number.NaN), 'layers.0.bias': tensor([3]) } },
        /finite/,
      ],
      [
        'with a stray tensor',
        {
          ...parts,
          tensors: { 'layers.0.weight': tensor([3, 2]), 'layers.0.bias': tensor([3]), 'layers.7.bias': tensor([3]) },
        },
        /layers\.7\.bias/,
      ],
      [
        'without labels',
        {
          kind: 'MLPClassifier',
          config: {},
          tensors: { 'layers.0.weight': tensor([3, 2]), 'layers.0.bias': tensor([3]) },
        },
        /LabelEncoder/,
      ],
      [
        'with a scaler of another width',
        {
          ...parts,
          preprocessing: {
            scaler: { kind: 'StandardScaler', withMean: true, withStd: true, mean: [0], variance: [1], scale: [1] },
          },
          tensors: { 'layers.0.weight': tensor([3, 2]), 'layers.0.bias': tensor([3]) },
        },
        /scaler.*2 columns, found 1/,
      ],
    ];
    test.each(broken)('%s', async (_, content, message) => {
      await writeArtefact(at('broken.safetensors'), content);
      await expect(MLPClassifier.load(at('broken.safetensors'))).rejects.toEqual(typed('DataError', message));
    });

    test('an option in the file that is no option', async () => {
      await writeArtefact(at('option.safetensors'), {
        ...parts,
        config: { activation: 'sinus' },
        tensors: { 'layers.0.weight': tensor([3, 2]), 'layers.0.bias': tensor([3]) },
      });
      await expect(MLPClassifier.load(at('option.safetensors'))).rejects.toEqual(typed('DataError', /activation/));
    });

    test('saving where nothing can be written keeps what was there', async () => {
      const bytes = await good();
      const model = await MLPClassifier.load(at('good.safetensors'));
      await expect(model.save(path.join(folder, 'no', 'such', 'folder.safetensors'))).rejects.toEqual(
        typed('DataError', /ENOENT/),
      );
      await expect(model.save('/dev/full')).rejects.toEqual(typed('DataError', /./));
      await expect(model.save('')).rejects.toEqual(typed('ArgumentError', /path/));
      expect(readFileSync(at('good.safetensors')).equals(bytes)).toBe(true);
    });
  });
});
