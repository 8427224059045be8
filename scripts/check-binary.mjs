// Looks into a built addon: `node scripts/check-binary.mjs FILE...` (default: build/Release/hebb.node).
//
// Linux: no symbol newer than glibc 2.28, no C++ runtime and nothing but the C library needed, two exports.
// Windows: nothing imported but system libraries and node.exe. macOS: nothing but what every macOS has. All: at most
// 2 MB without symbols, as shipped.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, fail, root } from './lib/run.mjs';
import { sizeText } from './lib/size.mjs';

const GLIBC_FLOOR = [2, 28];
const SIZE_LIMIT = 2e6;
const NEEDED = {
  glibc:
    /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|libgcc_s\.so\.1|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/,
  musl: /^(libc\.so|libc\.musl-(x86_64|aarch64)\.so\.1)$/,
  windows: /^(KERNEL32\.dll|msvcrt\.dll|ucrtbase\.dll|api-ms-win-[\w-]+\.dll|VCRUNTIME140(_1)?\.dll|node\.exe)$/i,
};
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

const isNewer = (version) =>
  version[0] > GLIBC_FLOOR[0] || (version[0] === GLIBC_FLOOR[0] && version[1] > GLIBC_FLOOR[1]);
const matches = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

function read(args, file) {
  const outcome = capture('objdump', [...args, file]);
  if (!outcome.ok) fail(`objdump could not read ${file}: ${outcome.stderr}`);
  return outcome.stdout;
}

function elfProblems(file) {
  const symbols = read(['-T'], file).split('\n');
  const needed = matches(read(['-p'], file), /^\s*NEEDED\s+(\S+)$/gm);
  const libc = needed.includes('libc.so.6') ? 'glibc' : 'musl';
  const problems = needed.filter((name) => !NEEDED[libc].test(name)).map((name) => `needs ${name}`);
  for (const line of symbols) {
    const [, major, minor] = /\(?GLIBC_(\d+)\.(\d+)/.exec(line) ?? [];
    if (major && isNewer([Number(major), Number(minor)]))
      problems.push(`is too new for glibc ${GLIBC_FLOOR.join('.')}: ${line.trim()}`);
    if (/GLIBCXX_|CXXABI_/.test(line)) problems.push(`needs the shared C++ runtime: ${line.trim()}`);
  }
  const exported = symbols
    .filter((line) => /^[0-9a-f]+ [^l]/.test(line) && !line.includes('*UND*'))
    .map((line) => line.split(/\s+/).at(-1));
  const stray = exported.filter((name) => !EXPORTS.includes(name));
  if (stray.length > 0) problems.push(`exports ${stray.length} symbols of its inside, such as ${stray[0]}`);
  if (!exported.includes(EXPORTS[0])) problems.push(`does not export ${EXPORTS[0]}`);
  return { problems, summary: `${libc}, needs ${needed.join(', ')}` };
}

function peProblems(file) {
  const text = read(['-p'], file);
  const needed = matches(text, /DLL Name: (\S+)/g);
  const problems = needed.filter((name) => !NEEDED.windows.test(name)).map((name) => `imports ${name}`);
  if (!text.includes(EXPORTS[0])) problems.push(`does not export ${EXPORTS[0]}`);
  return { problems, summary: `needs ${needed.join(', ')}` };
}

function machProblems(file) {
  const outcome = capture('otool', ['-L', file]);
  if (!outcome.ok) fail(`otool could not read ${file}: ${outcome.stderr}`);
  const needed = matches(outcome.stdout, /^\s+(\S+) \(compatibility/gm).filter((name) => !name.endsWith('.node'));
  const problems = needed.filter((name) => !/^\/usr\/lib\/lib(System\.B|c\+\+\.1)\.dylib$/.test(name));
  return { problems: problems.map((name) => `needs ${name}`), summary: `needs ${needed.join(', ')}` };
}

/** Bytes without symbols; those of another architecture, which our strip cannot read, are prebuilt and stripped. */
function shippedSize(file) {
  const folder = mkdtempSync(path.join(tmpdir(), 'hebb-strip-'));
  try {
    const copy = path.join(folder, 'stripped');
    return statSync(capture('strip', ['--strip-all', '-o', copy, file]).ok ? copy : file).size;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const given = process.argv.slice(2).map((file) => path.resolve(file));
const files = given.length > 0 ? given : [path.join(root, 'build/Release/hebb.node')];
let failed = false;
for (const file of files) {
  if (!existsSync(file)) fail(`${file} is missing: run \`npm run build:native\` first.`);
  const format = /file format (\S+)/.exec(read(['-f'], file))?.[1].toLowerCase() ?? ''; // a Mac says Mach-O
  const check = format.startsWith('pe') ? peProblems : format.startsWith('mach') ? machProblems : elfProblems;
  const { problems, summary } = check(file);
  const size = shippedSize(file);
  if (size > SIZE_LIMIT) problems.push(`has ${sizeText(size)}; the limit is ${sizeText(SIZE_LIMIT)}`);
  for (const problem of problems) console.error(`${file} ${problem}`);
  failed ||= problems.length > 0;
  if (problems.length === 0) console.log(`${path.relative(root, file)}: ${format}, ${sizeText(size)}, ${summary}`);
}
process.exit(failed ? 1 : 0);
