// `npm run bench -- [filter ...] [--rounds N] [--threads 1,2] [--list]`: hebb beside its peers.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Result, runCase } from './harness';
import { describeMachine } from './machine';
import { save, summaryLine, textTable } from './report';
import type { NativeSuite, Suite, SuiteContext, Summary } from './suite';
import { suites } from './suites';

const resultsFolder = fileURLToPath(new URL('../results', import.meta.url));

async function measureSuite(
  suite: Suite,
  context: SuiteContext,
  rounds: number | undefined,
  filters: string[],
): Promise<{ results: Result[]; summaries: Summary[] }> {
  const { cases, afterwards, close } = await suite.setup(context);
  const chosen = cases.filter((one) => filters.length === 0 || filters.some((filter) => one.name.includes(filter)));
  const results: Result[] = [];
  for (const one of chosen) {
    process.stderr.write(`  ${suite.name}: ${one.name}, ${one.threads} thread${one.threads === 1 ? '' : 's'}\n`);
    results.push(await runCase(suite.name, one, rounds ?? one.rounds ?? suite.rounds, context.note, suite.warmUp));
  }
  const summaries = suite.summarize?.(results) ?? [];
  if (results.length > 0 && afterwards) summaries.push(...(await afterwards()));
  close?.();
  return { results, summaries };
}

function measureNative(suite: NativeSuite, context: SuiteContext, filters: string[]) {
  const results = suite.measure(context, filters);
  return { results, summaries: suite.summarize?.(results) ?? [] };
}

async function runSuite(
  suite: Suite | NativeSuite,
  threads: number[],
  rounds: number | undefined,
  filters: string[],
): Promise<void> {
  const machine = await describeMachine(threads, {});
  const context: SuiteContext = {
    machine,
    threads,
    note: (text) => console.log(`  (${text})`),
    version: (name, version) => {
      machine.versions[name] = version;
    },
  };
  const { results, summaries } =
    'setup' in suite ? await measureSuite(suite, context, rounds, filters) : measureNative(suite, context, filters);
  if (results.length === 0) return;
  console.log(`\n${textTable(results)}\n${summaries.map((one) => `\n${summaryLine(one)}`).join('')}\n`);
  if (filters.length === 0) save(path.join(resultsFolder, machine.isa), suite.name, machine, results, summaries);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    threads: { type: 'string' },
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help || values.list) {
  console.log(
    'npm run bench -- [filter ...] [--rounds N] [--threads 1,2]\n\nA filter is part of a suite or case name. Suites:',
  );
  for (const suite of suites) console.log(`  ${suite.name.padEnd(14)} ${suite.description}`);
  process.exit(0);
}
const threads = values.threads ? values.threads.split(',').map(Number) : os.cpus().length > 1 ? [1, 2] : [1];
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
if (threads.some((n) => !Number.isInteger(n) || n < 1) || (rounds !== undefined && !(rounds >= 1))) {
  console.error('Expected --threads to be a list of positive integers and --rounds a positive integer.');
  process.exit(2);
}
const bySuite = suites.filter((suite) => positionals.some((filter) => suite.name.includes(filter)));
const chosen = bySuite.length > 0 ? bySuite : suites;
const [first] = (await describeMachine(threads, {})).limits;
console.log(
  `${os.cpus()[0]?.model}, ${os.cpus().length} CPUs; FMA peak of one thread: ${first?.gflops.toFixed(0)} GFLOP/s`,
);
for (const suite of chosen) {
  console.log(`\n${suite.name}: ${suite.description}`);
  const rest = positionals.filter((filter) => !bySuite.some((one) => one.name.includes(filter)));
  await runSuite(suite, threads, rounds, rest);
}
process.exit(0);
