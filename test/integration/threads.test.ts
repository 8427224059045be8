import { spawnSync } from 'node:child_process';
import path from 'node:path';

const helpers = path.join(__dirname, '..', 'helpers');
jest.setTimeout(180_000);

/** Runs a scene of threadedRuns.cjs in a process of its own. */
function scene(name: string) {
  const started = performance.now();
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ['-r', path.join(helpers, 'register.cjs'), path.join(helpers, 'threadedRuns.cjs'), name],
    { encoding: 'utf8', timeout: 170_000 },
  );
  const seconds = (performance.now() - started) / 1000;
  return { result: JSON.parse(stdout || 'null') as Record<string, unknown> | null, stderr, status, signal, seconds };
}

test('ten runs in worker_threads at once give the same loss', () => {
  const { result, status, stderr } = scene('concurrent');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const losses = result?.losses as number[];
  expect(losses).toHaveLength(10);
  expect(new Set(losses).size).toBe(1);
  expect(Number.isFinite(losses[0])).toBe(true);
});

test('worker.terminate() in the middle of a run leaves the process in order', () => {
  const { result, status, signal, stderr } = scene('terminate');
  expect({ status, signal }).toEqual({ status: 0, signal: null });
  expect(stderr.match(/terminate: /g)).toHaveLength(5);
  expect(result).toEqual({ steps: 5 });
});

test('process.exit() in the middle of a run ends the process', () => {
  const { result, status, signal, seconds } = scene('exit');
  expect({ result, status, signal }).toEqual({ result: { exiting: true }, status: 7, signal: null });
  process.stdout.write(`process.exit() in mid-run: ${seconds.toFixed(2)} s for the whole process\n`);
});

test('an aborted run lets the process end by itself', () => {
  const { result, status } = scene('end');
  expect({ result, status }).toEqual({ result: { name: 'AbortError' }, status: 0 });
});
