// `node run.mjs e2e|fault [FILE…]`: runs a suite and ends with `# pass N`, `# fail N`, `# skipped N`.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [suite, ...files] = process.argv.slice(2);
if (!['e2e', 'fault'].includes(suite)) {
  console.error('usage: node run.mjs e2e|fault [FILE…]');
  process.exit(2);
}
const all = readdirSync(join(here, suite)).filter((name) => name.endsWith('.test.mjs')).map((name) => join(here, suite, name));
const wanted = files.length > 0 ? files.map((name) => resolve(name)) : all;
const child = spawn(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${process.env.JOBS ?? 2}`,
    `--test-reporter=${new URL('e2e/harness/reporter.mjs', import.meta.url)}`,
    '--test-reporter-destination=stdout',
    ...(process.env.ONLY ? [`--test-name-pattern=${process.env.ONLY}`] : []),
    ...wanted,
  ],
  { stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
