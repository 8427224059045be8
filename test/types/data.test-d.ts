// Checked by `npm run typecheck`, never run.
import {
  type datasets,
  KFold,
  type LabelEncoder,
  Matrix,
  type MinMaxScaler,
  type OneHotEncoder,
  type Philox,
  type readCsv,
  type readNpy,
  type SplitIndices,
  type StandardScaler,
  type StratifiedKFold,
  type Table,
  type TablePreprocessor,
  trainTestSplit,
} from '../../lib';
import { type Equal, expectType } from './expect';

const X = new Matrix(new Float32Array(6), 3, 2);
expectType<Equal<typeof X.data, Float32Array>>();
Matrix.from([[1, 2]]);
Matrix.from([1, 2], 1, 2);
// @ts-expect-error a flat list needs its shape
Matrix.from([1, 2]);
// @ts-expect-error the cells are float32
new Matrix([1, 2], 1, 2);

const split = trainTestSplit(X, ['a', 'b', 'c'], { testSize: 0.5, stratify: true, seed: 1 });
expectType<Equal<typeof split.yTest, string[]>>();
expectType<Equal<typeof split.XTrain, Matrix>>();
expectType<Equal<ReturnType<KFold['split']>, SplitIndices[]>>();
expectType<Equal<ReturnType<StratifiedKFold['split']>, SplitIndices[]>>();
// @ts-expect-error no such option
new KFold({ folds: 5 });

expectType<Equal<ReturnType<StandardScaler['fit']>, StandardScaler>>();
expectType<Equal<ReturnType<MinMaxScaler['transform']>, Matrix>>();
expectType<Equal<ReturnType<typeof StandardScaler.fromJSON>, StandardScaler>>();
expectType<OneHotEncoder extends { toJSON(): unknown } ? true : false>();
expectType<LabelEncoder extends { toJSON(): unknown } ? true : false>();
expectType<TablePreprocessor extends { toJSON(): unknown } ? true : false>();
expectType<Equal<Awaited<ReturnType<typeof readCsv>>, Table>>();
expectType<ReturnType<typeof readNpy> extends Promise<unknown> ? true : false>();
expectType<Equal<typeof datasets.loadIris extends () => { X: Matrix } ? true : false, true>>();
expectType<Philox extends object ? true : false>();
