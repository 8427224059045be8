import { cpus, freemem, totalmem } from 'node:os';
import { binaryPath, currentPlatform, measureLimits, nativeInfo, prebuiltBinaries } from '../../native';
import type { Context } from '../run';
import { paint, table } from '../terminal';
import { version } from '../version';

const GIB = 2 ** 30;
const LABEL = 13; // two tables, one width

/** What runs this process: Bun and Deno name a Node version of their own beside theirs. */
function runtime(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}

/** What can be told without the addon. */
function installation() {
  return {
    hebb: version(),
    runtime: runtime(),
    ...currentPlatform(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    memoryGiB: Number((totalmem() / GIB).toFixed(1)),
    freeMemoryGiB: Number((freemem() / GIB).toFixed(1)),
    addon: binaryPath() ?? '',
    prebuilt: prebuiltBinaries(),
  };
}

function installationRows(facts: ReturnType<typeof installation>): string[][] {
  return [
    ['hebb'.padEnd(LABEL), facts.hebb],
    ['runtime', facts.runtime],
    ...(facts.runtime.startsWith('Node') ? [] : [['Node', facts.node]]),
    ['platform', [facts.platform, facts.arch, facts.libc].filter((part) => part !== '').join(' ')],
    ['CPU', `${facts.cpu}, ${facts.cpus} logical`],
    ['memory', `${facts.memoryGiB} GiB, ${facts.freeMemoryGiB} GiB free`],
    ['addon', facts.addon === '' ? 'none for this platform' : facts.addon],
    ['prebuilt', facts.prebuilt.length === 0 ? 'none' : facts.prebuilt.join(', ')],
  ];
}

/** What hebb runs on: versions, platform, instruction set, threads, and what the machine can do at most. */
export async function doctor({ out, look, json }: Context): Promise<void> {
  const facts = installation();
  if (!json) out.write(`${table(installationRows(facts), 'll')}\n`);
  let info: ReturnType<typeof nativeInfo>;
  try {
    info = nativeInfo();
  } catch (error) {
    if (json) out.write(`${JSON.stringify({ ...facts, error: (error as Error).message })}\n`);
    throw error;
  }
  const one = await measureLimits(1);
  const all = info.threads > 1 ? await measureLimits(0) : one;
  if (json) {
    out.write(`${JSON.stringify({ ...facts, ...info, limits: { oneThread: one, allThreads: all } })}\n`);
    return;
  }
  const speed = (n: number) => n.toFixed(1);
  const rows = [
    ['instructions'.padEnd(LABEL), `${info.isa} (available: ${info.availableIsas.join(', ')})`],
    ['threads', String(info.threads)],
    ['multiply-adds', `${speed(one.gflops)} GFLOP/s with 1 thread, ${speed(all.gflops)} with ${all.threads}`],
    ['memory read', `${speed(one.readGBs)} GB/s with 1 thread, ${speed(all.readGBs)} with ${all.threads}`],
    ['memory triad', `${speed(one.triadGBs)} GB/s with 1 thread, ${speed(all.triadGBs)} with ${all.threads}`],
  ];
  out.write(`${table(rows, 'll')}\n`);
  if (info.rejectedIsa !== null) {
    const text = `HEBB_ISA=${info.rejectedIsa} is not available here and was ignored.`;
    out.write(`${paint(look, 'yellow', text)}\n`);
  }
}
