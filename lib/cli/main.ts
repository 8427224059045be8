#!/usr/bin/env node
import { EXIT } from './exit';
import { run } from './run';

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first one ends the work in good order, the second one at once.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  });
}
// `hebb ... | head` closes the pipe early: nobody is left to write to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

run(process.argv.slice(2), process, controller.signal).then((code) => {
  process.exitCode = code;
});
