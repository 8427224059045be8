// Preloaded into an emulated Node: a Node that it starts is emulated too, which without binfmt the system does not do by
// itself. HEBB_EMULATOR holds the emulator's command as JSON; children inherit both.
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');

const [emulator, ...options] = JSON.parse(process.env.HEBB_EMULATOR);
for (const name of ['spawn', 'spawnSync', 'execFileSync']) {
  const start = childProcess[name];
  childProcess[name] = (file, ...rest) => {
    const args = Array.isArray(rest[0] ?? []) ? (rest.shift() ?? []) : [];
    // Also where a shell is to start it.
    const words = [file, ...args].flatMap((word) =>
      word === process.execPath ? [emulator, ...options, word] : [word],
    );
    return start(words[0], words.slice(1), ...rest);
  };
}
syncBuiltinESMExports();
