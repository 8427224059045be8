import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { LoadError } from '../../errors';
import { binaryPath, buildNeeds, loadBinding } from '../../native';
import type { Context } from '../run';

const packageRoot = path.resolve(__dirname, '..', '..', '..');
const needs = () => `A build from source needs ${buildNeeds()}.`;

/** Runs a program, its output on our standard error; rejects when it is missing or fails. */
function runTool(command: string, args: string[], { err, signal }: Context): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'], signal });
    child.stdout.on('data', (piece: Buffer) => err.write(piece));
    child.stderr.on('data', (piece: Buffer) => err.write(piece));
    child.on('error', (cause) => {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      reject(new LoadError(missing ? `No \`${command}\` command was found.\n${needs()}` : cause.message, { cause }));
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new LoadError(`\`${command} ${args.join(' ')}\` failed (exit code ${code}).\n${needs()}`));
    });
  });
}

/** Compiles the addon of this installation with plain CMake, then loads it. */
export async function buildFromSource(context: Context): Promise<void> {
  const headers = require('node-api-headers') as { include_dir: string };
  const folder = path.join(packageRoot, 'build');
  const configure = ['-S', packageRoot, '-B', folder, '-DCMAKE_BUILD_TYPE=Release'];
  configure.push(`-DCMAKE_JS_INC=${headers.include_dir}`, `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${folder}/Release`);
  if (process.platform === 'darwin') configure.push('-DCMAKE_SHARED_LINKER_FLAGS=-undefined dynamic_lookup');
  if (process.platform === 'win32') configure.push('-G', 'Ninja', '-DCMAKE_CXX_COMPILER=g++');
  await runTool('cmake', configure, context);
  const parallel = String(availableParallelism());
  await runTool(
    'cmake',
    ['--build', folder, '--config', 'Release', '--target', 'hebb', '--parallel', parallel],
    context,
  );

  const facts = { addon: binaryPath(), isa: loadBinding().info().isa };
  context.out.write(
    context.json ? `${JSON.stringify(facts)}\n` : `Built ${facts.addon}; it loads, with ${facts.isa} kernels.\n`,
  );
}
