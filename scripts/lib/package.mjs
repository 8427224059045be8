// Staging, packing and installing hebb as a user gets it; shared by the package check and the release gates.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, fail, root } from './run.mjs';

/** A temporary folder that goes away with the process (kept, and named, with --keep on the command line). */
export function workFolder(name) {
  const folder = mkdtempSync(path.join(tmpdir(), `hebb-${name}-`));
  process.on('exit', () => {
    if (process.argv.includes('--keep')) console.log(`Kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The output of a program; ends this process with all it printed when it failed. */
export function must(what, outcome) {
  if (!outcome.ok) fail(`${what} failed:\n${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout;
}

/** npm's program, so that npm runs without a shell and without a PATH. */
function npmCli() {
  const bin = path.dirname(process.execPath);
  const places = ['../lib/node_modules', '../../lib/node_modules', '../share/nodejs', 'node_modules'];
  const found = places.map((place) => path.join(bin, place, 'npm/bin/npm-cli.js')).find((place) => existsSync(place));
  return found ?? fail('npm-cli.js was not found; run this through npm.');
}

export function npm(args, options) {
  return capture(process.execPath, [process.env.npm_execpath ?? npmCli(), ...args], options);
}

/** An environment whose PATH has Node and nothing else: no compiler, no Python, no make. */
export function bareEnvironment(work) {
  const bin = path.join(work, 'bin');
  mkdirSync(bin, { recursive: true });
  const link = path.join(bin, path.basename(process.execPath));
  if (!existsSync(link)) symlinkSync(process.execPath, link);
  return { ...process.env, PATH: bin };
}

/** Without a prebuilt binary of this platform, puts the one of build/Release in its place. */
function ensurePrebuild(stage) {
  const place = path.join(stage, 'prebuilds', `${process.platform}-${process.arch}`);
  if (existsSync(place) && readdirSync(place).some((name) => /^hebb(\.glibc)?\.node$/.test(name))) return;
  const binary = path.join(place, 'hebb.node');
  mkdirSync(place, { recursive: true });
  copyFileSync(path.join(root, 'build/Release/hebb.node'), binary);
  chmodSync(binary, 0o755);
  capture('strip', ['--strip-all', binary]);
}

/**
 * Copies what is published into work/stage. `prebuilds`: 'own' takes the folder prebuilds/, with the binary of
 * build/Release as a stand-in where it lacks this platform's; 'none' leaves them out.
 */
export function stagePackage(work, prebuilds = 'own') {
  const stage = path.join(work, 'stage');
  mkdirSync(stage);
  const { files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of ['package.json', 'README.md', 'LICENSE', ...files]) {
    if (name === 'prebuilds' && prebuilds === 'none') continue;
    if (existsSync(path.join(root, name))) cpSync(path.join(root, name), path.join(stage, name), { recursive: true });
  }
  if (prebuilds === 'own') ensurePrebuild(stage);
  return stage;
}

/** Packs a staged package; gives the tarball's path. */
export function packTarball(work, stage) {
  must('npm pack', npm(['pack', '--ignore-scripts', '--pack-destination', work], { cwd: stage }));
  return path.join(
    work,
    readdirSync(work).find((name) => name.endsWith('.tgz')),
  );
}

/** A new application in work/name that depends on nothing yet. */
export function emptyApp(work, name = 'app') {
  const app = path.join(work, name);
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }\n');
  copyFileSync(path.join(root, 'scripts/smoke.cjs'), path.join(app, 'smoke.cjs'));
  return app;
}

/** Installs the tarball into an application with npm, without install scripts. */
export function installTarball(app, tarball, env = process.env) {
  must('npm install', npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], { cwd: app, env }));
}
