// Product search while typing, over 100,000 products, beside what others use. Each engine has a browser of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Browser } from '../tests/e2e/harness/browsers.mjs';
import { Cdp } from '../tests/e2e/harness/cdp.mjs';
import { DIST } from '../tests/e2e/harness/paths.mjs';
import { serve } from './serve.mjs';

const COUNT = Number(process.env.PRODUCTS ?? 100_000);
const SEED = Number(process.env.SEED ?? 5);
const TRIES = Number(process.env.TRIES ?? 150);
const ENGINES = (process.env.ENGINES ?? 'barrow,MiniSearch,FlexSearch,Array.filter').split(',');

const here = (path) => new URL(path, import.meta.url).pathname;
const MODULES = {
  '/search/catalogue.mjs': here('search/catalogue.mjs'),
  '/search/page.mjs': here('search/page.mjs'),
  '/minisearch.mjs': here('../tests/node_modules/minisearch/dist/es/index.js'),
  '/flexsearch.mjs': here('../tests/node_modules/flexsearch/dist/flexsearch.bundle.module.min.mjs'),
};

/** `t.after` takes what is to be closed at the end. */
export async function theSearch(t) {
  const bench = join(DIST, 'bench');
  if (!existsSync(join(bench, 'search.mjs'))) {
    console.log('\n## Product search: dist/bench/search.mjs is not built');
    return;
  }
  const site = await serve(t, bench, MODULES);
  console.log(`\n## Product search while typing, ${COUNT.toLocaleString('en')} products, first 20 (Chromium, headless)`);
  console.log(`PRODUCTS=${COUNT} SEED=${SEED} TRIES=${TRIES} make bench: ${TRIES} names, SKUs and barcodes, typed key by key, once right and once with one error`);
  let ours;
  for (const name of ENGINES) {
    const measured = await oneEngine(t, site, name);
    ours ??= measured;
    report(name, measured, ours);
  }
}

async function oneEngine(t, site, name) {
  const browser = await Browser.open(t, 'chromium');
  await browser.driver.get(site);
  await browser.driver.manage().setTimeouts({ script: 900_000 });
  const cdp = await Cdp.connect(browser);
  const page = await cdp.page(site);
  const call = async (what, ...given) => {
    const result = await browser.driver.executeAsyncScript(
      `const [what, given, done] = arguments;
       import('/search/page.mjs').then((page) => page[what](...given)).then((value) => done({ value }), (error) => done({ error: String(error?.stack ?? error) }));`,
      what, given);
    if (result.error) throw new Error(result.error);
    return result.value;
  };
  const heap = async () => {
    await page.send('HeapProfiler.collectGarbage');
    return (await page.send('Runtime.getHeapUsage')).usedSize;
  };
  await call('prepare', { count: COUNT, seed: SEED, tries: TRIES });
  const before = await heap();
  const built = await call('build', name);
  const memory = (await heap()) - before + built.wasm;
  const typed = await call('type', name);
  cdp.close();
  await browser.close();
  return { ...built, memory, ...typed };
}

function report(name, { took, stretch, wasm, memory, right, wrong, found, slowest }, ours) {
  const at = (times, share) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];
  const all = [...right, ...wrong];
  const p95 = at(all, 0.95);
  const kinds = (how) => Object.entries(found).map(([kind, count]) => `${kind} ${count[how]}/${count.tries}`).join(', ');
  const ratio = (value, own) => `${(value / own).toFixed(1)}×`;
  const beside = name === ENGINES[0] ? '' : `; × ours: p95 ${ratio(p95, at([...ours.right, ...ours.wrong], 0.95))}, build ${ratio(took, ours.took)}, memory ${ratio(memory, ours.memory)}`;
  console.log(`${name}
  index    ${took.toFixed(0)} ms (longest stretch without a turn for the page ${stretch.toFixed(0)} ms), ${(memory / 2 ** 20).toFixed(1)} MiB${wasm ? ` (wasm memory grew by ${(wasm / 2 ** 20).toFixed(1)})` : ''}
  a key    median ${at(all, 0.5).toFixed(2)} ms, p95 ${p95.toFixed(2)}, p99 ${at(all, 0.99).toFixed(2)}; p95 typed right ${at(right, 0.95).toFixed(2)}, with an error ${at(wrong, 0.95).toFixed(2)}${beside}
  found    exact: ${kinds('right')}; with an error: ${kinds('wrong')}`);
  if (process.env.SLOWEST) slowest.forEach(([ms, query]) => console.log(`  slow     ${ms.toFixed(2)} ms: ${query}`));
}
