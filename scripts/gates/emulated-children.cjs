// Preloaded into an emulated Node: a Node that it starts is emulated too, which without binfmt the system does not do by
// itself. HEBB_EMULATOR holds the emulator's command as JSON; children inherit both.
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');

const [emulator, ...options] = JSON.parse(process.env.HEBB_EMULATOR);
for (const name of ['spawn', 'spawnSync', 'execFileSync']) {
  const start = childProcess[name];
  childProcess[name] = (file, ...rest) => {
    if (file !== process.execPath) return start(file, ...rest);
    const args = Array.isArray(rest[0]) ? rest.shift() : [];
    return start(emulator, [...options, file, ...args], ...rest);
  };
}
syncBuiltinESMExports();
