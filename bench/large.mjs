// A till with 100,000 products: enrolling it, a change of one price, and opening it without a network.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Cdp } from '../tests/e2e/harness/cdp.mjs';
import { discard, scratch } from '../tests/e2e/harness/processes.mjs';
import { stage } from '../tests/e2e/harness/scene.mjs';
import { PINS } from '../tests/e2e/harness/till.mjs';
import { catalogue, dice } from './search/catalogue.mjs';

const COUNT = Number(process.env.PRODUCTS ?? 100_000);
const SEED = Number(process.env.SEED ?? 5);
const RUNS = Number(process.env.RUNS ?? 7);

/** Runs in the page: presses unlock, and says after how long the first tile stood there, and the last product was found. */
const UNLOCK = `
  const [words, sku, done] = arguments;
  const start = performance.now();
  const took = {};
  const tile = (sku) => document.querySelector('[data-testid="product-tile"]' + (sku ? '[data-sku="' + sku + '"]' : ''));
  const look = () => {
    if (!took.tile && tile()) {
      took.tile = performance.now() - start;
      const search = document.querySelector('[data-testid="search"]');
      search.value = words;
      search.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (took.tile && tile(sku)) {
      took.found = performance.now() - start;
      watch.disconnect();
      done(took);
    }
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true });
  document.querySelector('[data-testid="unlock"]').click();`;

/** Runs in the page: how long the key is derived, which no catalogue changes. */
const DERIVE = `
  const done = arguments[arguments.length - 1];
  (async () => {
    const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('274951'), 'PBKDF2', false, ['deriveBits']);
    const start = performance.now();
    await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 600_000 }, key, 256);
    done(performance.now() - start);
  })();`;

const READY = `new MutationObserver((_, watch) => {
  if (document.documentElement?.dataset.ready === 'true') { window.readyAfter = performance.now(); watch.disconnect(); }
}).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-ready'] });`;

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const ms = (value) => `${value.toFixed(0)} ms`;

async function timed(act) {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** `t.after` takes what is to be closed at the end. */
export async function theLargeTill(t) {
  console.log(`\n## A till with ${COUNT.toLocaleString('en')} products (Chromium, headless)`);
  console.log(`PRODUCTS=${COUNT} SEED=${SEED} RUNS=${RUNS} make bench`);
  const { server, browser, till } = await stage(t, 'chromium');
  const folder = scratch('large');
  t.after(() => discard(folder));
  const products = catalogue(COUNT, dice(SEED));
  const csv = (name, rows) => {
    const path = join(folder, name);
    const line = ({ sku, name, category, barcode }, at) => `${sku},"${name}",${category},${1 + (at % 90)}.${10 + (at % 90)},A,${barcode}`;
    writeFileSync(path, ['sku,name,category,price,taxes,barcodes', ...rows.map(line)].join('\n'));
    return path;
  };
  const imported = await timed(() => server.cli('import', '--replace', csv('all.csv', products)));
  console.log(`import of the file: ${ms(imported)}`);

  const cdp = await Cdp.connect(browser);
  await till.open();
  const page = await cdp.page(till.url);
  await page.send('Network.enable');
  const sent = { bytes: 0, of: undefined };
  cdp.on((method, params) => {
    if (method === 'Network.responseReceived' && /\/v1\/(enrol|tills\/\d+\/config)$/.test(params.response.url)) sent.of = params.requestId;
    if (method === 'Network.loadingFinished' && params.requestId === sent.of) sent.bytes = params.encodedDataLength;
  });
  await till.fill('enrol-code', server.ready.enrol_code);
  const enrolled = await timed(async () => {
    await till.click('enrol-submit');
    await till.wait('staff-option', {}, 120_000);
  });
  console.log(`enrolment: ${ms(enrolled)}, ${(sent.bytes / 2 ** 20).toFixed(1)} MiB over the network`);
  await till.firstPin('Cashier', server.codeOf('Cashier'));
  await till.openShift();
  await till.offlineReady();
  await till.drained();

  const [first] = products;
  const change = await timed(async () => {
    await server.cli('import', csv('one.csv', [{ ...first, name: `${first.name} anew` }]));
    // The till asks every 30 s, and at once when the browser says that the network came back.
    await browser.driver.executeScript("window.dispatchEvent(new Event('online'))");
    await till.fill('search', first.sku);
    await till.until(async () => (await till.text('product-tile')).includes('anew'), 'the changed name on its tile', 120_000);
  });
  console.log(`a changed name, from the office's command to the tile: ${ms(change)} (with the till asking at once), ${(sent.bytes / 2 ** 20).toFixed(1)} MiB`);
  await till.fill('search', '');
  await till.drained();
  await server.down();

  await page.send('Page.enable');
  await page.send('Page.addScriptToEvaluateOnNewDocument', { source: READY });
  const last = products.at(-1);
  for (const rate of [1, 4]) {
    const times = { ready: [], tile: [], found: [], derive: [] };
    for (let i = 0; i < RUNS; i += 1) {
      await page.send('Emulation.setCPUThrottlingRate', { rate: 1 });
      await page.send('Emulation.setCPUThrottlingRate', { rate });
      await till.open();
      times.ready.push(await browser.driver.executeScript('return window.readyAfter'));
      times.derive.push(await browser.driver.executeAsyncScript(DERIVE));
      await till.choose('Cashier');
      await till.fill('pin-input', PINS.Cashier);
      const took = await browser.driver.executeAsyncScript(UNLOCK, last.sku, last.sku);
      times.tile.push(took.tile);
      times.found.push(took.found);
      await till.lock();
    }
    const of = (name) => median(times[name]);
    console.log(`offline, CPU ${rate}×, medians of ${RUNS}: navigation to sign-in ${ms(of('ready'))}; PIN to first tile ${ms(of('tile'))}` +
      ` (key derivation alone ${ms(of('derive'))}), to the last product found ${ms(of('found'))};` +
      ` opened without the derivation: ${ms(of('ready') + of('tile') - of('derive'))} (aim at 1×: 2000 ms)`);
  }
  cdp.close();
  await browser.close();
}
