// Says in one message what a build from source lacks on this machine. Plain Node, no dependencies, so that it can run
// before anything is installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 20;
const CMAKE = [3, 19];
const PROBE = `#include <bit>
#include <concepts>
template <std::floating_point T> constexpr T twice(T x) { return 2 * x; }
int main() { return std::popcount(3u) == 2 && twice(1.0f) == 2.0f ? 0 : 1; }
`;

function output(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return { found: error?.code !== 'ENOENT', ok: status === 0 && !error, text: `${stdout ?? ''}${stderr ?? ''}` };
}

function checkNode(version) {
  if (Number(version.split('.')[0]) >= NODE_MAJOR) return undefined;
  return `Node >= ${NODE_MAJOR} is needed, this is ${version}.`;
}

function checkCMake() {
  const { ok, text } = output('cmake', ['--version']);
  const need = `CMake >= ${CMAKE.join('.')} is needed`;
  if (!ok) return `${need}, and no \`cmake\` command was found.`;
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) > CMAKE[0] || (Number(major) === CMAKE[0] && Number(minor) >= CMAKE[1])) return undefined;
  return `${need}, this is ${text.split('\n')[0]}.`;
}

function checkMakeTool() {
  const tools = process.platform === 'win32' ? ['ninja'] : ['ninja', 'make'];
  if (tools.some((tool) => output(tool, ['--version']).ok)) return undefined;
  if (process.platform === 'win32') return 'A `ninja` command is needed, and it was not found.';
  return 'A `make` or `ninja` command is needed, and neither was found.';
}

function checkCompiler() {
  const names = process.platform === 'win32' ? ['g++'] : ['c++', 'g++', 'clang++']; // on Windows mingw-w64's
  const candidates = process.env.CXX ? [process.env.CXX] : names;
  const folder = mkdtempSync(path.join(tmpdir(), 'hebb-preflight-'));
  try {
    const source = path.join(folder, 'probe.cc');
    writeFileSync(source, PROBE);
    let reason = `none of ${candidates.join(', ')} was found`;
    for (const compiler of candidates) {
      const [command, ...flags] = compiler.split(/\s+/);
      const { found, ok, text } = output(command, [...flags, '-std=c++20', source, '-o', path.join(folder, 'probe')]);
      if (ok) return undefined;
      if (found) {
        reason = `\`${compiler}\` could not compile and link a small program: ${text.trim().split('\n').slice(0, 3).join(' ')}`;
        break;
      }
    }
    return `A C++20 compiler (gcc >= 10 or clang >= 12) is needed, and ${reason}.`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is missing, one sentence each; empty when a build from source can start. */
export function missingTools(nodeVersion = process.versions.node) {
  return [checkNode(nodeVersion), checkCMake(), checkMakeTool(), checkCompiler()].filter((line) => line !== undefined);
}

/** The message for a person who wants to build from source, or an empty string when nothing is missing. */
export function preflightMessage(nodeVersion) {
  const missing = missingTools(nodeVersion);
  if (missing.length === 0) return '';
  return [
    'hebb cannot be built from source on this machine yet:',
    ...missing.map((line) => `  - ${line}`),
    'On Debian or Ubuntu: apt install cmake g++ make',
    'On Alpine: apk add cmake g++ make',
    'On macOS: xcode-select --install && brew install cmake',
    'On Windows: mingw-w64 (g++ with POSIX threads), CMake and Ninja on PATH; Visual Studio is not supported.',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const message = preflightMessage();
  if (message) {
    console.error(message);
    process.exit(1);
  }
}
