#!/usr/bin/env node
import { EXIT } from './exit';
import { run } from './run';

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first one ends the work in good order, the second one at once.
    if (controller.signal.aborted) {
      // A progress bar has hidden the cursor.
      if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
      process.exit(EXIT.interrupted);
    }
    controller.abort();
  });
}

run(process.argv.slice(2), process, controller.signal).then((code) => {
  process.exitCode = code;
});
