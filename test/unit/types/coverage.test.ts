import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as hebb from '../../../lib';

const folder = path.resolve(__dirname, '../../types');

/** Classes of the public face: functions whose source begins with `class`. */
function publicClasses(): string[] {
  return Object.entries(hebb)
    .filter(([, value]) => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value)))
    .map(([name]) => name);
}

describe('type tests', () => {
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test-d.ts'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');

  test.each(publicClasses())('name the class %s', (name) => {
    expect(tests).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('look at more than twenty classes', () => {
    expect(publicClasses().length).toBeGreaterThan(20);
  });
});
