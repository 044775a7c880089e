// A large catalogue is indexed in a worker, without a network too; and on the page where no worker can be had.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { catalogue, dice } from '../../bench/search/catalogue.mjs';
import { asked } from './harness/browsers.mjs';
import { signIn, stage } from './harness/scene.mjs';
import { discard, scratch } from './harness/processes.mjs';

const COUNT = 26_000;

/** Runs in the page: notes which workers are started, and lets none start if `refuse`. */
const WATCH = `
  const [refuse] = arguments;
  window.workers = [];
  const Real = window.Worker;
  window.Worker = new Proxy(Real, {
    construct(target, given) {
      window.workers.push(new URL(given[0], location.href).pathname);
      if (refuse) throw new DOMException('no worker', 'SecurityError');
      return new target(...given);
    },
  });`;

for (const name of ['chromium', 'firefox']) {
  test(`[${name}] a large catalogue`, { skip: asked(name) ? false : `BROWSERS leaves ${name} out` }, async (t) => {
    const { server, proxy, browser, till } = await stage(t, name, { proxy: true });
    const folder = scratch('catalogue');
    t.after(() => discard(folder));
    const products = catalogue(COUNT, dice(5));
    const file = join(folder, 'all.csv');
    const line = ({ sku, name: title, category, barcode }) => `${sku},"${title}",${category},1.10,A,${barcode}`;
    writeFileSync(file, ['sku,name,category,price,taxes,barcodes', ...products.map(line)].join('\n'));
    await server.cli('import', '--replace', file);
    await till.open();
    await till.enrol(server.ready.enrol_code);
    await till.firstPin('Cashier', server.codeOf('Cashier'));
    await till.openShift();
    await till.offlineReady();
    proxy.use('refuse');

    const workers = () => browser.driver.executeScript('return window.workers');
    /** Signs in with a page that notes its workers; then looks for products of both segments, one of them with a typing error. */
    const finds = async (refuse) => {
      await till.open();
      await browser.driver.executeScript(WATCH, refuse);
      await signIn({ server, till });
      const [first, last] = [products[3], products.at(-1)];
      const found = (sku) => async () => (await till.attributes('product-tile', 'data-sku')).includes(sku);
      for (const { sku, name: title, barcode } of [first, last]) {
        for (const typed of [title, sku, barcode, title.slice(0, 4) + title.slice(5)]) {
          await till.fill('search', typed);
          await till.until(found(sku), `${sku} by ${typed}`);
        }
      }
      await till.fill('search', '');
    };

    await t.test('is indexed in a worker', async () => {
      await finds(false);
      assert.deepEqual(await workers(), ['/indexer.js']);
    });

    await t.test('and on the page, where no worker starts', async () => {
      await finds(true);
      assert.deepEqual(await workers(), ['/indexer.js']);
    });
  });
}
