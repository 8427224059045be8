import { execFileSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** Runs a program in the package's own folder, where `hebb` resolves to itself, and gives what it printed as JSON. */
function runModule(kind: 'module' | 'commonjs', code: string): unknown {
  const output = execFileSync(process.execPath, [`--input-type=${kind}`, '-e', code], { cwd: root, encoding: 'utf8' });
  return JSON.parse(output);
}

describe('the built package', () => {
  test('gives ESM and CommonJS the same names', () => {
    const required = runModule('commonjs', "console.log(JSON.stringify(Object.keys(require('hebb')).sort()))");
    const imported = runModule('module', "console.log(JSON.stringify(Object.keys(await import('hebb')).sort()))");
    expect(imported).toEqual(required);
    expect(imported).toContain('HebbError');
  });

  test('has one copy of each class for both', () => {
    const same = runModule(
      'module',
      "import { createRequire } from 'node:module'; import { ShapeError } from 'hebb';" +
        "console.log(createRequire(process.cwd() + '/')('hebb').ShapeError === ShapeError)",
    );
    expect(same).toBe(true);
  });

  test('loads the binary at first use, not at import', () => {
    const before = "process.dlopen = () => { throw new Error('loaded at import') }; require('hebb');";
    expect(runModule('commonjs', `${before} console.log(true)`)).toBe(true);
    expect(runModule('commonjs', "console.log(JSON.stringify(require('hebb').nativeInfo()))")).toMatchObject({
      isa: expect.any(String),
    });
  });
});
