// Row 31: a new build is deployed under an open page, and rolled back again. No white page, no reload in mid-sale.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { anotherBuild, loaded } from './harness/builds.mjs';
import { DIST } from './harness/paths.mjs';
import { arrived, selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { PINS } from './harness/till.mjs';

for (const name of BROWSERS) {
  test(`[${name}] row 31: a new build with the page open`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    const receipts = [await till.sell([[product]])];
    const before = await loaded(browser.driver);
    const newer = anotherBuild(DIST, 'build two');

    await step('the open page goes on, and is not reloaded in mid-sale', async () => {
      await till.newSale();
      await till.add(product);
      await till.driver.executeScript('window.stillHere = true');
      await server.down();
      await server.up({ dist: newer });
      await askForUpdate(till);
      await till.setQty(product.sku, 2);
      receipts.push({ ...(await till.pay('exact')), total: 2 * product.price });
      assert.equal(await till.driver.executeScript('return window.stillHere === true'), true);
      await till.drained();
    });
    await step('the new build is offered, and comes when it is asked for', async () => {
      await askForUpdate(till);
      await till.wait('update-apply', undefined, 60_000);
      await till.click('update-apply');
      await till.until(async () => {
        const now = await loaded(browser.driver);
        return now !== '' && now !== before;
      }, 'the new build', 60_000);
      await till.ready();
      await till.unlock();
      receipts.push(await till.sell([[product, 3]]));
    });
    await step('the reverse: the old build comes back under the new page, which sells on', async () => {
      await server.down();
      await server.up({ dist: DIST });
      receipts.push(await till.sell([[product, 4]]));
      await till.newSale();
      await till.add(product);
      await till.setQty(product.sku, 5);
      await till.driver.executeScript('window.stillHere = true');
      await askForUpdate(till);
      await till.waitAlert('update-ready', 60_000);
      assert.equal(await till.shown('update-apply'), false, 'not in mid-sale');
      assert.equal(await till.driver.executeScript('return window.stillHere === true'), true);
    });
    await step('it waits for whoever has begun to sign in, comes on the locked till by itself, and the open order stays', async () => {
      await till.lock();
      await becomes(till, before);
      await till.unlock();
      assert.deepEqual(await till.lines(), [product.sku]);
      await till.waitTotal(5 * product.price);
      receipts.push({ ...(await till.pay('exact')), total: 5 * product.price });
      await till.drained();
      await till.lock();
      await till.choose('Cashier');
      await till.driver.executeScript('window.stillHere = true');
      await server.down();
      await server.up({ dist: newer });
      await askForUpdate(till);
      await till.waitAlert('update-ready', 60_000);
      await till.typePin(PINS.Cashier);
      await till.desk();
      assert.equal(await till.driver.executeScript('return window.stillHere === true'), true);
      await till.lock();
      await till.until(async () => (await loaded(browser.driver)) !== before, 'the new build', 60_000);
      await till.ready();
    });
    await step('the browser starts again without a network, on the version that came in', async () => {
      await till.offlineReady();
      await server.down();
      await till.restartBrowser();
      assert.notEqual(await loaded(browser.driver), before);
      await till.unlock();
      receipts.push(await till.sell([[product, 6]]));
      await server.up();
      await till.drained();
      await arrived(office, receipts);
    });
    await step('row 32: reloads in a storm, with the server gone in between, always show the till', async () => {
      await server.down();
      await server.up({ dist: DIST });
      for (let i = 0; i < 6; i += 1) {
        await till.driver.executeScript('location.reload()');
        if (i === 3) await server.down();
      }
      await till.open();
      await till.wait('staff-option');
      await server.up();
      await becomes(till, before);
      await till.unlock();
      await till.drained();
    });
  });
}

/** Waits for the page of this build, put in place while nobody is signed in. */
async function becomes(till, build) {
  await till.until(async () => {
    if ((await loaded(till.driver)) === build) return true;
    // The page may go away under this question.
    await askForUpdate(till);
    return false;
  }, 'the other build', 60_000);
  await till.ready();
}

/** What a browser does by itself once a day. */
async function askForUpdate(till) {
  await till.driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => done(true), () => done(false));`);
}
