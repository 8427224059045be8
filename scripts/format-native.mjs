// clang-format over the C++ that git tracks: `node scripts/format-native.mjs [--write]`.
import { capture, fail, run } from './lib/run.mjs';

const FILES = ['native/*.cc', 'native/*.h', 'native/*.inl', 'test/native/*.cc', 'test/native/*.h'];
const files = capture('git', ['ls-files', '--', ...FILES])
  .stdout.split('\n')
  .filter(Boolean);
if (files.length === 0) fail('No C++ files: run this inside the git checkout.');
run('clang-format', process.argv.includes('--write') ? ['-i', ...files] : ['--dry-run', '--Werror', ...files]);
