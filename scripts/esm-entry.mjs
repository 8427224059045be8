// Writes dist/index.mjs and dist/index.d.mts. The ESM entry re-exports every named value of the CommonJS build, so a
// program that mixes `import` and `require` sees one copy of each class.
//
// The names come from the declarations, through the compiler's checker: nothing is executed, and the addon need not be
// built.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { fail, root } from './lib/run.mjs';

const dist = path.join(root, 'dist');
const entry = path.join(dist, 'index.d.ts');

/** Names of the values (not the types) that a declaration file exports, sorted. */
function exportedValues(file) {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.Node20,
    noEmit: true,
    types: ['node'],
    skipLibCheck: true,
  });
  const source = program.getSourceFile(file);
  const checker = program.getTypeChecker();
  const symbol = source && checker.getSymbolAtLocation(source);
  if (!symbol) fail(`${file} is missing or exports nothing: run \`npm run build:ts\`.`);
  const isValue = (name) => {
    const target = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
    return (target.flags & ts.SymbolFlags.Value) !== 0;
  };
  return checker
    .getExportsOfModule(symbol)
    .filter(isValue)
    .map((name) => name.getName())
    .sort();
}

const names = exportedValues(entry);
const lines = [
  "import hebb from './index.js';",
  '',
  'export const {',
  ...names.map((name) => `  ${name},`),
  '} = hebb;',
  '',
];
writeFileSync(path.join(dist, 'index.mjs'), lines.join('\n'));
writeFileSync(path.join(dist, 'index.d.mts'), "export * from './index.js';\n");
