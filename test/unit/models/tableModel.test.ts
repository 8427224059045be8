import path from 'node:path';
import { type Cell, Matrix, Table, TablePreprocessor, type UnknownCell } from '../../../lib/data';
import { MLPClassifier, MLPRegressor, Perceptron, TableModel } from '../../../lib/models';
import { rejected, thrown } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);
type Row = Record<string, Cell>;

const rows: Row[] = Array.from({ length: 80 }, (_, i) => ({
  size: (i * 37) % 50,
  city: ['Oslo', 'Rome', ''][i % 3]!,
  kind: (i * 37) % 50 > 24 ? 'large' : 'small',
  price: ((i * 37) % 50) * 10 + 5,
}));
const table = Table.fromRecords(rows);

async function classifier(): Promise<{ model: MLPClassifier; preprocessor: TablePreprocessor }> {
  const preprocessor = new TablePreprocessor().fit(table, { target: 'kind', exclude: ['price'] });
  const model = new MLPClassifier({ hidden: [8], epochs: 60, learningRate: 0.02, seed: 3 });
  await model.fit(
    preprocessor.transform(table),
    rows.map(({ kind }) => String(kind)),
  );
  return { model: model as MLPClassifier, preprocessor };
}

async function regressor(): Promise<{ model: MLPRegressor; preprocessor: TablePreprocessor }> {
  const preprocessor = new TablePreprocessor().fit(table, { target: 'price', exclude: ['kind'] });
  const model = new MLPRegressor({ hidden: [], epochs: 200, learningRate: 0.05, standardizeTarget: true, seed: 3 });
  await model.fit(
    preprocessor.transform(table),
    rows.map(({ price }) => Number(price)),
  );
  return { model: model as MLPRegressor, preprocessor };
}

const fresh: Row[] = [
  { city: 'Rome', size: '45', more: 1 },
  { city: 'Kiev', size: '3' },
];

test('a classifier: saved, loaded, used on raw rows', async () => {
  const { model, preprocessor } = await classifier();
  await new TableModel(model, preprocessor).save(at('kind.safetensors'));
  const loaded = await TableModel.load<string>(at('kind.safetensors'));
  expect([loaded.task, loaded.target, loaded.classes]).toEqual(['classification', 'kind', ['large', 'small']]);
  const labels: string[] = loaded.predictRecords(fresh);
  expect(labels).toEqual(['large', 'small']);
  const header = ['size', 'city'];
  const raw = fresh.map(({ size, city }) => [size, city]);
  expect(loaded.predictRows(raw, header)).toEqual(labels);
  const proba = loaded.predictProbaRecords(fresh);
  expect(proba.equals(model.predictProba(preprocessor.transformRecords(fresh)))).toBe(true);
  expect(loaded.predictProbaRows(raw, header).equals(proba)).toBe(true);
});

test('a regression gives numbers', async () => {
  const { model, preprocessor } = await regressor();
  await new TableModel(model, preprocessor).save(at('price.safetensors'));
  const loaded = await TableModel.load<number>(at('price.safetensors'));
  expect([loaded.task, loaded.target, loaded.classes]).toEqual(['regression', 'price', []]);
  const [large, small] = loaded.predictRecords(fresh);
  expect([Math.round(large! / 50), Math.round(small! / 50)]).toEqual([9, 1]);
  expect(thrown(() => loaded.predictProbaRecords(fresh))).toEqual({
    name: 'ArgumentError',
    message:
      'Expected a classifier for `predictProbaRecords`, this model is a regression. Use the methods without Proba.',
  });
});

test('what a preprocessor says of itself in `table` is the same form', async () => {
  const { model, preprocessor } = await classifier();
  model.table = preprocessor.toJSON();
  await model.save(at('plain.safetensors'));
  const loaded = await TableModel.load(at('plain.safetensors'));
  expect(loaded.predictRecords(fresh)).toEqual(['large', 'small']);
  const again = TablePreprocessor.fromJSON(loaded.model.table);
  expect(again.transformRecords(fresh).equals(preprocessor.transformRecords(fresh))).toBe(true);
});

test('cells of another form are told or refused', async () => {
  const { model, preprocessor } = await classifier();
  const tableModel = new TableModel(model, preprocessor);
  const seen: UnknownCell[] = [];
  tableModel.predictRecords(fresh, { onUnknown: (cell) => void seen.push(cell) });
  expect(seen).toEqual([{ row: 1, column: 'city', cell: 'Kiev', expected: 'category' }]);
  expect(thrown(() => tableModel.predictRecords(fresh, { handleUnknown: 'error' })).message).toBe(
    "Expected a known category at row 1, column 'city', received 'Kiev'.",
  );
});

test('what does not fit is refused', async () => {
  const { model, preprocessor } = await classifier();
  const other = new TablePreprocessor().fit(table, { target: 'kind' });
  expect(thrown(() => new TableModel(model, other)).message).toMatch(
    /^Expected `model` to have 5 inputs, .* found 4\.$/,
  );
  const two = new MLPRegressor({ hidden: [], epochs: 1 });
  await two.fit(preprocessor.transform(table), Matrix.zeros(80, 2));
  expect(thrown(() => new TableModel(two as MLPRegressor, preprocessor)).message).toBe(
    'Expected `model` to have one target, found 2.',
  );
  model.table = other.toJSON();
  await model.save(at('misfit.safetensors'));
  expect((await rejected(TableModel.load(at('misfit.safetensors')))).message).toMatch(
    /to have 5 inputs, .* found 4\.$/,
  );
  model.table = undefined;
  await model.save(at('program.safetensors'));
  expect((await rejected(TableModel.load(at('program.safetensors')))).message).toMatch(/saved by a program/);
  const perceptron = new Perceptron({ epochs: 1 });
  await perceptron.fit(
    preprocessor.transform(table),
    rows.map(({ kind }) => String(kind)),
  );
  await perceptron.save(at('perceptron.safetensors'));
  expect((await rejected(TableModel.load(at('perceptron.safetensors')))).message).toMatch(
    /to hold an MLPClassifier or MLPRegressor, found Perceptron\.$/,
  );
});
