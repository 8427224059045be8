import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { datasets, Matrix } from '../../lib/data';
import { MLPClassifier } from '../../lib/models';

/** A Python that has numpy, or undefined. */
const python = ['python3', '/usr/bin/python3'].find(
  (name) => spawnSync(name, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0,
);
const describeWithNumpy = (title: string, body: () => void) =>
  python === undefined ? describe.skip(`${title} (skipped: no python3 with numpy)`, body) : describe(title, body);

describeWithNumpy('model files and numpy', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hebb-python-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function runScript(action: 'read' | 'write', file: string, rows: number[][]): number[][] {
    const json = path.join(folder, 'rows.json');
    writeFileSync(json, JSON.stringify(rows));
    const script = path.join(__dirname, 'model_file.py');
    const { status, stdout, stderr } = spawnSync(python as string, [script, action, file, json], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as number[][];
  }

  const expectClose = (actual: Matrix, expected: number[][]) => {
    expect([actual.rows, actual.cols]).toEqual([expected.length, expected[0].length]);
    for (const [i, row] of expected.entries())
      for (const [j, p] of row.entries()) expect(actual.get(i, j)).toBeCloseTo(p, 5);
  };

  test('one saved here gives the same probabilities there', async () => {
    const { X, y } = datasets.loadIris();
    const model = new MLPClassifier<string[]>({ hidden: [10, 5], epochs: 15, standardize: true, seed: 1 });
    await model.fit(X, y);
    const file = path.join(folder, 'here.safetensors');
    await model.save(file);
    const rows = X.sliceRows(45, 60);
    expectClose(model.predictProba(rows), runScript('read', file, rows.toArray()));
  });

  test('one written there gives the same probabilities and its labels here', async () => {
    const rows = [
      [1, 2, 3, 4],
      [-1, 0.5, 0, 2],
      [0, 0, 0, 0],
    ];
    const file = path.join(folder, 'there.safetensors');
    const expected = runScript('write', file, rows);
    const model = await MLPClassifier.load<string[]>(file);
    expectClose(model.predictProba(Matrix.from(rows)), expected);
    const names = ['ant', 'bee', 'cat'];
    expect(model.predict(rows)).toEqual(expected.map((p) => names[p.indexOf(Math.max(...p))]));
    expect(model.settings.hidden).toEqual([6]);
    expect(model.settings.activation).toBe('tanh');
  });
});
