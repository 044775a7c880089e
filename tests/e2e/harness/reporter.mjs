// One line a test, its failure in full, and the sums that `make test` adds up.

/** What the runner adds up itself at the end. */
const SUMS = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

const seconds = (ms) => `${(ms / 1000).toFixed(1)}s`;

function explain(error) {
  const cause = error?.cause ?? error;
  const lines = String(cause?.stack ?? cause).split('\n').filter((line) => !/^\s+at .*node:internal/.test(line));
  return lines.map((line) => `    ${line}`).join('\n');
}

export default async function* report(source) {
  const counts = { pass: 0, fail: 0, skipped: 0 };
  const failures = [];
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    } else if (type === 'test:diagnostic' && !SUMS.test(data.message)) {
      yield `${'  '.repeat(data.nesting)}  (${data.message})\n`;
    } else if (type === 'test:pass' || type === 'test:fail') {
      if (data.details?.type === 'suite') continue;
      const skipped = data.skip !== undefined && data.skip !== false;
      const kind = skipped ? 'skipped' : type === 'test:pass' ? 'pass' : 'fail';
      // A parent that failed only because a part of it failed is not another failure.
      if (kind === 'fail' && data.details?.error?.failureType === 'subtestsFailed') continue;
      counts[kind] += 1;
      const word = { pass: 'ok', fail: 'FAILED', skipped: 'skipped' }[kind];
      const why = typeof data.skip === 'string' ? ` (${data.skip})` : '';
      yield `${'  '.repeat(data.nesting)}${word}  ${data.name}${why}  ${seconds(data.details?.duration_ms ?? 0)}\n`;
      if (kind === 'fail') {
        failures.push(data.name);
        yield `${explain(data.details?.error)}\n`;
      }
    }
  }
  for (const name of failures) yield `FAILED  ${name}\n`;
  yield `# pass ${counts.pass}\n# fail ${counts.fail}\n# skipped ${counts.skipped}\n`;
}
