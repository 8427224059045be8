// Disassembles the objects of the CMake build: `node scripts/check-isa.mjs [build folder]`.
//
// 1. Everything but the kernels of an ISA runs on a baseline x86-64 CPU: no AVX, FMA, BMI, SSE3..SSE4.2 instruction.
// 2. The AVX2 kernels hold no AVX-512 instruction.
// 3. Objects of an ISA define no weak symbol: the linker may keep their copy of a shared inline function for everyone,
//    which is an illegal instruction on an older CPU. For the same reason their kernel table is their only global symbol.
// 4. They hold no initialiser either: it would run before dispatch has looked at the CPU.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { capture, fail, root } from './lib/run.mjs';

const build = path.resolve(process.argv[2] ?? path.join(root, 'build'));
const commandsFile = path.join(build, 'compile_commands.json');
if (!existsSync(commandsFile)) fail(`${commandsFile} is missing: run \`npm run build:native\` first.`);

const { variables } = JSON.parse(readFileSync(path.join(root, 'native/sources.gypi'), 'utf8'));
const X86_ISAS = ['avx2', 'avx512'];
/** Which ISA a source is compiled for: its list in sources.gypi, by name (`avx2_sources`, `avx512bf16_sources`, ...). */
const isaOf = (source) =>
  X86_ISAS.findLast((isa) =>
    Object.entries(variables).some(
      ([list, files]) => list.startsWith(isa) && list.endsWith('_sources') && files.includes(source),
    ),
  ) ?? 'baseline';

// One instruction a line: address, tab, bytes, tab, mnemonic and operands (objdump --no-show-raw-insn drops the bytes).
const INSTRUCTION = /^\s*[0-9a-f]+:\t(?:(?:lock|rep\w*|data16|cs|ds|notrack|bnd)\s+)*(\w+)(?:\s+(.*))?$/;
const AVX = /^v(?!err|erw|mcall|mlaunch|mresume|mxoff)[a-z]/;
// Without tzcnt: compilers write it as `rep bsf`, which older CPUs run as bsf.
const BEYOND_BASELINE = new RegExp(
  '^(andn|bextr|blsi|blsmsk|blsr|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|lzcnt|popcnt|movbe|crc32\\w*|adcx|adox|' +
    'addsubp[sd]|haddp[sd]|hsubp[sd]|lddqu|movddup|movshdup|movsldup|pshufb|phadd\\w*|phsub\\w*|palignr|pabs[bwd]|psign[bwd]|' +
    'pmaddubsw|pmulhrsw|blendv?p[sd]|pblend\\w+|dpp[sd]|extractps|insertps|mpsadbw|packusdw|pcmpeqq|pextr[bdq]|pinsr[bdq]|' +
    'phminposuw|pm(ax|in)(sb|sd|ud|uw)|pmovsx\\w+|pmovzx\\w+|pmuldq|pmulld|ptest|roundp?s?[sd]|pcmp[ei]str[im]|pcmpgtq|aes\\w+|pclmul\\w+)$',
);
const AVX512 = /%zmm|%k[0-7]\b|%[xy]mm(1[6-9]|2\d|3[01])\b/;

/** Instructions of an object that its ISA does not have, as `function: instruction`. */
function foreignInstructions(object, isa) {
  const { ok, stdout, stderr } = capture('objdump', ['-d', '--no-show-raw-insn', '-M', 'att', object]);
  if (!ok) fail(`objdump could not read ${object}: ${stderr}`);
  const found = [];
  let name = '?';
  let count = 0;
  for (const line of stdout.split('\n')) {
    const symbol = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (symbol) name = symbol[1];
    const instruction = INSTRUCTION.exec(line);
    if (!instruction) continue;
    count += 1;
    const [, mnemonic, operands = ''] = instruction;
    const foreign =
      isa === 'baseline'
        ? AVX.test(mnemonic) || BEYOND_BASELINE.test(mnemonic) || AVX512.test(operands)
        : isa === 'avx2' && AVX512.test(operands);
    if (foreign) found.push(`${name}: ${mnemonic} ${operands}`.trim());
  }
  return { found, count };
}

/** What is wrong with the symbols and sections of an ISA's object. */
function symbolProblems(object) {
  const symbols = capture('nm', ['--demangle', '--defined-only', object])
    .stdout.split('\n')
    .flatMap((line) => {
      const match = /^[0-9a-f]* (\w) (.*)$/.exec(line);
      return match ? [{ type: match[1], name: match[2] }] : [];
    });
  const weak = symbols.filter(({ type }) => /[uVvWw]/.test(type));
  const tables = symbols.filter(({ type }) => /[A-TX-Z]/.test(type));
  const sections = capture('objdump', ['-h', object]).stdout;
  return [
    ...weak.map(({ name }) => `defines the weak symbol ${name}`),
    ...(tables.length > 1 ? [`defines more than one global symbol: ${tables.map(({ name }) => name).join(', ')}`] : []),
    ...(/\.(init_array|ctors)\b/.test(sections) ? ['runs an initialiser when it is loaded'] : []),
  ];
}

const problems = [];
let instructions = 0;
const objects = JSON.parse(readFileSync(commandsFile, 'utf8'))
  .map((entry) => ({
    source: path.relative(root, path.resolve(entry.directory, entry.file)).split(path.sep).join('/'),
    object: path.resolve(entry.directory, entry.output ?? /-o (\S+\.o(?:bj)?)(?:\s|$)/.exec(entry.command)[1]),
  }))
  .filter(({ source, object }) => source.startsWith('native/') && existsSync(object));
if (objects.length === 0) fail(`No object of native/ in ${build}: build it first.`);

const { stdout: header } = capture('objdump', ['-f', objects[0].object]);
if (!header.includes('x86-64')) {
  console.log('ISA check: nothing to do, NEON is part of the armv8-a baseline.');
  process.exit(0);
}
for (const { source, object } of objects) {
  const isa = isaOf(source);
  const { found, count } = foreignInstructions(object, isa);
  instructions += count;
  for (const what of found.slice(0, 3)) problems.push(`${source} (${isa}) holds a foreign instruction, in ${what}`);
  if (found.length > 3) problems.push(`${source} (${isa}): ${found.length - 3} more`);
  if (isa === 'baseline') continue;
  for (const problem of symbolProblems(object)) problems.push(`${source} (${isa}) ${problem}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`ISA check: ${instructions} instructions in ${objects.length} objects, each within its instruction set.`);
