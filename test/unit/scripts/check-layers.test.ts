import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = path.resolve(__dirname, '../../../scripts/check-layers.mjs');

/** A small house that keeps every rule; each test breaks one. */
const HOUSE: Record<string, string> = {
  'lib/errors.ts': 'export class HebbError extends Error {}\n',
  'lib/native/load.ts': "import nodeGypBuild from 'node-gyp-build';\nexport const native = nodeGypBuild;\n",
  'lib/native/index.ts': "export * from './load';\n",
  'lib/data/matrix.ts':
    "import { native } from '../native';\nimport { HebbError } from '../errors';\nexport { HebbError, native };\n",
  'lib/data/index.ts': "export * from './matrix';\n",
  'lib/metrics/index.ts':
    "// import { x } from '../cli' is only a comment\nimport type { native } from '../data';\nexport type { native };\n",
  'lib/io/index.ts': "export * from '../data';\n",
  'lib/index.ts': "export * from './data';\n",
  'native/kernels/kernels.h': '#include <stdint.h>\n',
  'native/kernels/isa/avx2.cc': '#include <immintrin.h>\n#include "kernels/kernels.h"\n#include "vec_avx2.h"\n',
  'native/kernels/isa/vec_avx2.h': '#include <stddef.h>\n',
  'native/kernels/dispatch.cc': '#include <cstdlib>\n#include "kernels/kernels.h"\n',
  'native/core/gemm.h': '#include <vector>\n#include "kernels/kernels.h"\n',
  'native/graph/plan.h': '#include "core/gemm.h"\n',
  'native/algorithms/pca.h': '#include "core/gemm.h"\n',
  'native/addon/addon.cc': '#include <napi.h>\n#include "graph/plan.h"\n',
};

/** What each broken change must be refused with: title, file, its new text, line, part of the rule. */
const BROKEN: [string, string, string, number, string][] = [
  [
    'an import from the right',
    'lib/data/matrix.ts',
    "\nexport { x } from '../metrics';\n",
    2,
    'data may not import metrics',
  ],
  [
    'a type import from the right',
    'lib/data/matrix.ts',
    "import type { x } from '../index';\n",
    1,
    'data may not import index',
  ],
  [
    'a dynamic import from the right',
    'lib/data/matrix.ts',
    "export const x = () => import('../io');\n",
    1,
    'data may not import io',
  ],
  ['a sibling', 'lib/metrics/index.ts', "export * from '../io';\n", 1, 'metrics and io are siblings'],
  ["another folder's inside", 'lib/io/index.ts', "export * from '../data/matrix';\n", 1, 'the inside of data'],
  [
    'the addon loaded elsewhere',
    'lib/data/index.ts',
    "import load from 'node-gyp-build';\n",
    1,
    'only lib/native/load.ts',
  ],
  [
    'a binary required elsewhere',
    'lib/data/index.ts',
    "import x = require('../../build/hebb.node');\n",
    1,
    'only lib/native/load.ts',
  ],
  ['a missing file', 'lib/data/index.ts', "export * from './gone';\n", 1, 'no file of lib'],
  ['an unknown folder of lib', 'lib/stuff/index.ts', 'export {};\n', 1, 'no place in the layer table'],
  ['an include from the right', 'native/core/gemm.h', '\n\n#include "graph/plan.h"\n', 3, 'core may not include graph'],
  ['a C++ sibling', 'native/graph/plan.h', '#include "algorithms/pca.h"\n', 1, 'graph and algorithms are siblings'],
  ['Node-API outside addon', 'native/graph/plan.h', '#include <napi.h>\n', 1, 'only native/addon/'],
  [
    'a standard header in a kernel',
    'native/kernels/isa/avx2.cc',
    '#include <cmath>\n',
    1,
    'kernel code includes <cmath>',
  ],
  ['a quoted header that is not ours', 'native/core/gemm.h', '#include "zlib.h"\n', 1, 'no file of native'],
  ['an unknown folder of native', 'native/stuff/x.h', '\n', 1, 'no place in the layer table'],
];

interface Problem {
  file: string;
  line: number;
  rule: string;
}

describe('check-layers', () => {
  const top = mkdtempSync(path.join(tmpdir(), 'hebb-layers-'));
  const found: Problem[][] = [];
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  function build(name: string, changes: Record<string, string>): string {
    for (const [file, text] of Object.entries({ ...HOUSE, ...changes })) {
      mkdirSync(path.join(top, name, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(top, name, file), text);
    }
    return path.join(top, name);
  }

  // One process for all houses: loading the compiler takes most of the time.
  beforeAll(() => {
    const folders = BROKEN.map(([title, file, text]) => build(title, { [file]: text }));
    const code =
      `import { layerProblems } from ${JSON.stringify(script)};` +
      `console.log(JSON.stringify(await Promise.all(${JSON.stringify(folders)}.map(layerProblems))));`;
    found.push(
      ...JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })),
    );
  });

  test('accepts a house that keeps the rules', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, build('good', {})], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('prints file, line and rule, and fails', () => {
    const folder = build('printed', { 'native/graph/plan.h': '\n#include <napi.h>\n' });
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toBe('native/graph/plan.h:2: includes <napi.h>; only native/addon/ may include Node-API.\n');
  });

  test.each(BROKEN.map((broken, i) => [broken[0], broken, i] as const))(
    'refuses %s',
    (_title, [, file, , line, rule], i) => {
      expect(found[i]).toEqual([{ file, line, rule: expect.stringContaining(rule) }]);
    },
  );
});
