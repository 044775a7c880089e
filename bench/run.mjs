// Prints what the built till weighs and how fast it is, with what it was measured on. Asserts nothing.
import { readFileSync, statSync, existsSync } from 'node:fs';
import os from 'node:os';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import { Browser, BROWSERS } from '../tests/e2e/harness/browsers.mjs';
import { Cdp } from '../tests/e2e/harness/cdp.mjs';
import { DIST, needTill } from '../tests/e2e/harness/paths.mjs';
import { filesBelow } from '../tests/e2e/harness/profile-files.mjs';
import { selling } from '../tests/e2e/harness/scene.mjs';
import { PINS } from '../tests/e2e/harness/till.mjs';
import { theLargeTill } from './large.mjs';
import { theSearch } from './search.mjs';
import { serve } from './serve.mjs';

const RUNS = 7;
const SALES = Number(process.env.SALES ?? 300);

/** Runs in the page: the store of `dist/bench` and a raw put, turn by turn. */
const STORE = `
  const [sales, done] = arguments;
  (async () => {
    const { open } = await import('/store.mjs');
    const store = await open({ name: 'bench-' + Date.now() });
    const sale = (i) => ({
      number: i, at: Date.now(), currency: 'EUR', cashier: 'Bench', note: 'x'.repeat(500),
      lines: Array.from({ length: 6 }, (_, n) => ({ sku: 'SKU-' + i + '-' + n, name: 'Product number ' + n, qty: 1 + n, unit: 199 + n, tax: 'A' })),
    });
    const bytes = new TextEncoder().encode(JSON.stringify(sale(0))).length;
    const db = await new Promise((resolve, reject) => {
      const request = indexedDB.open('bench-raw', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('raw');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const put = (i) => new Promise((resolve, reject) => {
      const transaction = db.transaction('raw', 'readwrite', { durability: 'strict' });
      transaction.objectStore('raw').put(crypto.getRandomValues(new Uint8Array(bytes)), i);
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const paid = [], raw = [];
    for (let i = -20; i < sales; i += 1) {
      let start = performance.now();
      await store.putOne(sale(i));
      if (i >= 0) paid.push(performance.now() - start);
      start = performance.now();
      await put(i);
      if (i >= 0) raw.push(performance.now() - start);
    }
    await store.close();
    done({ paid, raw, bytes });
  })().catch((error) => done({ error: String(error?.stack ?? error) }));`;

const after = [];
const t = { after: (step) => after.push(step) };
try {
  needTill();
  console.log(`# ${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, ${os.platform()} ${os.release()}, node ${process.version}`);
  sizes();
  if (BROWSERS.includes('chromium')) await theTill();
  for (const name of BROWSERS) await theStore(name);
  if (BROWSERS.includes('chromium')) await theLargeTill(t);
  if (BROWSERS.includes('chromium')) await theSearch(t);
} finally {
  for (const step of after.reverse()) await step();
}

function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Median and 99th percentile, milliseconds. */
function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return { median: at(sorted, 0.5), p99: at(sorted, 0.99) };
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}

function sizes() {
  console.log('\n## What a browser fetches for the till (brotli, quality 11)');
  const root = join(DIST, 'till');
  let sum = 0;
  // Screenshots are fetched by a browser that asks whether to install, and not by the till.
  for (const path of filesBelow(root).filter((path) => !/\.(?:br|gz)$|\/screenshots\//.test(path)).sort()) {
    const packed = existsSync(`${path}.br`)
      ? statSync(`${path}.br`).size
      : /\.(?:png|ico|woff2|jpg|webp)$/.test(path)
        ? statSync(path).size
        : brotliCompressSync(readFileSync(path), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    sum += packed;
    console.log(`${String(packed).padStart(9)}  of ${String(statSync(path).size).padStart(9)}  ${relative(root, path)}`);
  }
  console.log(`${String(sum).padStart(9)}  in all: ${(sum / 1024).toFixed(1)} KB (aim: at most 400 KB)`);
}

/** Start-up, unlocking and paying, on the page that people use. */
async function theTill() {
  const { server, browser, till, products } = await selling(t, 'chromium');
  const version = (await browser.driver.getCapabilities()).get('browserVersion');
  console.log(`\n## The till's page (Chromium ${version}, headless)`);
  const cdp = await Cdp.connect(browser);
  const page = await cdp.page(till.url);

  const paid = [];
  for (let i = 0; i < Math.min(60, SALES); i += 1) {
    if (await till.shown('new-sale')) await till.newSale();
    await till.add(products[i % 3]);
    await till.charge();
    await till.hand('exact');
    paid.push(await browser.driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      const start = performance.now();
      const look = () => document.querySelector('[data-testid="receipt"]') && (watch.disconnect(), done(performance.now() - start));
      const watch = new MutationObserver(look);
      watch.observe(document.body, { childList: true, subtree: true });
      document.querySelector('[data-testid="tender-confirm"]').click();`));
  }
  const { median, p99 } = spread(paid);
  console.log(`tap to receipt on screen, ${paid.length} sales: median ${ms(median)}, p99 ${ms(p99)}`);

  await till.newSale();
  await till.lock();
  const derive = [];
  const unlock = [];
  for (let i = 0; i < RUNS; i += 1) {
    derive.push(await browser.driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      (async () => {
        const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('274951'), 'PBKDF2', false, ['deriveBits']);
        const start = performance.now();
        await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 600_000 }, key, 256);
        done(performance.now() - start);
      })();`));
    await till.choose('Cashier');
    await till.fill('pin-input', PINS.Cashier);
    unlock.push(await browser.driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      const start = performance.now();
      const look = () => document.querySelector('[data-testid="product-tile"]') && (watch.disconnect(), done(performance.now() - start));
      const watch = new MutationObserver(look);
      watch.observe(document.body, { childList: true, subtree: true });
      document.querySelector('[data-testid="unlock"]').click();`));
    await till.lock();
  }
  const [derivation, whole] = [spread(derive).median, spread(unlock).median];
  console.log(`PIN to first tile: median ${ms(whole)}, of it key derivation (600,000 rounds, measured beside) ${ms(derivation)}: ` +
    `${ms(whole - derivation)} without (aim: 500 ms)`);

  await server.down();
  await page.send('Page.enable');
  await page.send('Page.addScriptToEvaluateOnNewDocument', {
    source: `new MutationObserver((_, watch) => {
      if (document.documentElement?.dataset.ready === 'true') { window.readyAfter = performance.now(); watch.disconnect(); }
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-ready'] });`,
  });
  for (const [rate, aim] of [[1, 300], [4, 1000]]) {
    await page.send('Emulation.setCPUThrottlingRate', { rate });
    const ready = [];
    for (let i = 0; i < RUNS; i += 1) {
      await till.open();
      ready.push(await browser.driver.executeScript('return window.readyAfter'));
    }
    console.log(`navigation to data-ready, offline, CPU ${rate}×: median ${ms(spread(ready).median)} of ${RUNS} (aim: ${aim} ms)`);
  }
  cdp.close();
  await browser.close();
}

/** Both durable writes of a sale against one raw strict put of the same number of bytes, turn by turn in one run. */
async function theStore(name) {
  const bench = join(DIST, 'bench');
  if (!existsSync(join(bench, 'store.mjs'))) {
    console.log(`\n## The store (${name}): dist/bench/store.mjs is not built`);
    return;
  }
  const site = await serve(t, bench);
  const browser = await Browser.open(t, name);
  const version = (await browser.driver.getCapabilities()).get('browserVersion');
  await browser.driver.get(site);
  await browser.driver.manage().setTimeouts({ script: 300_000 });
  const result = await browser.driver.executeAsyncScript(STORE, SALES);
  console.log(`\n## The store (${name} ${version}), ${SALES} sales of about 1 KB, turn by turn`);
  if (result.error) {
    console.log(`not measured: ${result.error}`);
  } else {
    const [paid, raw] = [spread(result.paid), spread(result.raw)];
    console.log(`paid (signed, chained, sealed, on both disks): median ${ms(paid.median)}, p99 ${ms(paid.p99)}`);
    console.log(`raw strict IndexedDB put of ${result.bytes} bytes:   median ${ms(raw.median)}, p99 ${ms(raw.p99)}`);
    console.log(`ratio of the medians ${(paid.median / raw.median).toFixed(2)} (aim: 1.25), of the p99 ${(paid.p99 / raw.p99).toFixed(2)}`);
  }
  await browser.close();
}
