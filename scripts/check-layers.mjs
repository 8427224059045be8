// Fails on a broken layer rule: `node scripts/check-layers.mjs [folder]`. The rules are those of docs/ARCHITECTURE.md.
//
// TypeScript (lib/): a folder imports only from layers to its left, and only through the other folder's index; only
// lib/native/load.ts loads the addon. C++ (native/): kernels <- core <- {graph, algorithms} <- addon; only addon/
// includes Node-API; kernel code includes nothing of the standard library but <stddef.h> and <stdint.h>.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { filesBelow, root } from './lib/run.mjs';

// From left to right; folders in one row are siblings and do not know each other. Only index.ts (the public names) stands
// above all but the command line.
const TS_LAYERS = [
  ['errors'],
  ['validate'],
  ['native'],
  ['data'],
  ['metrics', 'io'],
  ['graph'],
  ['nn', 'optim'],
  ['train'],
  ['models', 'decomposition', 'cluster'],
  ['manifold', 'text'],
  ['ner', 'selfsup', 'rl'],
  ['report'],
  ['index'],
  ['cli'],
];
const CPP_LAYERS = [['kernels'], ['core'], ['graph', 'algorithms'], ['addon']];
const ADDON_LOADER = 'lib/native/load.ts';
const KERNEL_HEADERS = /^<(stddef|stdint|immintrin|arm_neon|arm_fp16)\.h>$/;
const DISPATCH = 'native/kernels/dispatch.cc'; // ordinary code: asks the CPU and the environment
const NODE_API = /^(napi|node_api|js_native_api|node_api_types|js_native_api_types|node|v8|uv|nan)(-inl)?\.h$/;

const rankOf = (layers, name) => layers.findIndex((row) => row.includes(name));
const lineAt = (text, position) => text.slice(0, position).split('\n').length;

/** The layer of a path inside lib/ or native/: its folder, or the file's own name at the top. */
const layerOf = (file) => file.split('/')[1].replace(/\.ts$/, '');

/** The file that a relative import means, without its ending: `lib/data/index` or `lib/data/matrix`. */
function resolveImport(file, specifier, files) {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)).replace(/\.(js|ts)$/, '');
  return [`${target}.ts`, `${target}.d.ts`, `${target}/index.ts`].find((candidate) => files.has(candidate));
}

function checkTsImport(file, specifier, files) {
  if (specifier === 'node-gyp-build' || specifier.endsWith('.node')) {
    return file === ADDON_LOADER ? undefined : `only ${ADDON_LOADER} loads the addon; call native() of lib/native`;
  }
  if (!specifier.startsWith('.')) return undefined;
  const target = resolveImport(file, specifier, files);
  if (target === undefined) {
    return specifier.endsWith('.json') ? undefined : `imports '${specifier}', which is no file of lib`;
  }
  const [from, to] = [layerOf(file), layerOf(target)];
  if (from === to) return undefined;
  const [fromRank, toRank] = [rankOf(TS_LAYERS, from), rankOf(TS_LAYERS, to)];
  if (toRank === -1) return `imports lib/${to}, which has no place in the layer table of scripts/check-layers.mjs`;
  if (fromRank === toRank) return `${from} and ${to} are siblings and may not import each other`;
  if (fromRank < toRank) return `${from} may not import ${to}, which stands to its right`;
  const depth = target.split('/').length;
  if (depth > 2 && target !== `lib/${to}/index.ts`) {
    return `imports '${specifier}', the inside of ${to}; import from lib/${to}/index.ts`;
  }
  return undefined;
}

function checkTsFile(folder, file, files) {
  if (rankOf(TS_LAYERS, layerOf(file)) === -1) {
    return [
      { file, line: 1, rule: `lib/${layerOf(file)} has no place in the layer table of scripts/check-layers.mjs` },
    ];
  }
  const text = readFileSync(path.join(folder, file), 'utf8');
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.flatMap(({ fileName, pos }) => {
    const rule = checkTsImport(file, fileName, files);
    return rule === undefined ? [] : [{ file, line: lineAt(text, pos), rule }];
  });
}

/** The file of native/ that an include means: beside the including file first, then below native/, as compilers do. */
function resolveInclude(file, name, files) {
  const beside = path.posix.normalize(path.posix.join(path.posix.dirname(file), name));
  return [beside, `native/${name}`].find((candidate) => files.has(candidate));
}

function checkInclude(file, include, files) {
  const name = include.slice(1, -1);
  const from = layerOf(file);
  if (NODE_API.test(path.posix.basename(name))) {
    return from === 'addon' ? undefined : `includes ${include}; only native/addon/ may include Node-API`;
  }
  const target = include.startsWith('"') ? resolveInclude(file, name, files) : undefined;
  if (target === undefined) {
    if (include.startsWith('"')) return `includes ${include}, which is no file of native`;
    const bound = from === 'kernels' && file !== DISPATCH;
    return bound && !KERNEL_HEADERS.test(include)
      ? `kernel code includes ${include}; only <stddef.h>, <stdint.h> and the intrinsics headers are allowed`
      : undefined;
  }
  const to = layerOf(target);
  if (from === to) return undefined;
  const [fromRank, toRank] = [rankOf(CPP_LAYERS, from), rankOf(CPP_LAYERS, to)];
  if (fromRank === toRank) return `${from} and ${to} are siblings and may not include each other`;
  return fromRank < toRank ? `${from} may not include ${to}, which stands to its right` : undefined;
}

function checkCppFile(folder, file, files) {
  if (rankOf(CPP_LAYERS, layerOf(file)) === -1) {
    return [
      { file, line: 1, rule: `native/${layerOf(file)} has no place in the layer table of scripts/check-layers.mjs` },
    ];
  }
  const text = readFileSync(path.join(folder, file), 'utf8');
  return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")/gm)].flatMap((match) => {
    const rule = checkInclude(file, match[1], files);
    return rule === undefined ? [] : [{ file, line: lineAt(text, match.index), rule }];
  });
}

/** Every broken rule in the lib/ and native/ of a checkout, as { file, line, rule }. */
export async function layerProblems(folder = root) {
  const tsFiles = (await filesBelow('lib', folder)).filter((file) => file.endsWith('.ts'));
  const cppFiles = (await filesBelow('native', folder)).filter((file) => /\.(cc|h|inl)$/.test(file));
  const files = new Set([...tsFiles, ...cppFiles]);
  return [
    ...tsFiles.flatMap((file) => checkTsFile(folder, file, files)),
    ...cppFiles.flatMap((file) => checkCppFile(folder, file, files)),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await layerProblems(process.argv[2] && path.resolve(process.argv[2]));
  for (const { file, line, rule } of problems) console.error(`${file}:${line}: ${rule}.`);
  if (problems.length > 0) process.exit(1);
  console.log('Layers: every import and include keeps the rules.');
}
