// More than one tab, more than one till, tills that may no longer sell, shifts that end while sales wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, BROWSERS } from './harness/browsers.mjs';
import { arrived, selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';

for (const name of BROWSERS) {
  test(`[${name}] rows 5, 6: two tabs`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    const receipts = [await till.sell([[product]])];
    const first = await browser.driver.getWindowHandle();
    await browser.driver.switchTo().newWindow('tab');
    const second = await browser.driver.getWindowHandle();

    await step('the second says that the first is the till, and offers nothing', async () => {
      await browser.driver.get(till.url);
      await till.until(async () => /another tab/i.test(await till.bodyText()), 'a sentence about the other tab');
      for (const id of ['staff-option', 'search', 'enrol-code']) assert.equal(await till.shown(id), false, id);
    });
    await step('the first sells on while both are open', async () => {
      await browser.driver.switchTo().window(first);
      await server.down();
      receipts.push(await till.sell([[product, 2]]));
      await browser.driver.switchTo().window(second);
      await browser.driver.get(till.url);
      await browser.driver.switchTo().window(first);
      receipts.push(await till.sell([[product, 3]]));
      await server.up();
      await till.drained();
      await arrived(office, receipts);
    });
    await step('when the first closes, the second can be the till', async () => {
      await browser.driver.close();
      await browser.driver.switchTo().window(second);
      await till.wait('staff-option', undefined, 30_000);
      await till.unlock();
      receipts.push(await till.sell([[product, 4]]));
      await till.drained();
      await arrived(office, receipts);
    });
  });

  test(`[${name}] row 8: a shift is closed while sales wait`, async (t) => {
    const step = story(t);
    const { server, till, office, products } = await selling(t, name, { staff: 'Manager' });
    const [product] = products;
    await server.down();
    const receipts = [await till.sell([[product, 3]], 3 * product.price + 100)];
    await till.newSale();
    await step('the screen says how many are unsent, and closes all the same', async () => {
      const unsent = await till.unsent();
      assert.ok(unsent > 0);
      await till.click('shift-close');
      await till.wait('counted-amount');
      assert.match(await till.bodyText(), new RegExp(`\\b${unsent}\\b`), 'the number of unsent entries');
      const report = await till.closeShift(10_000 + 3 * product.price);
      assert.match(report, /drawer is right/i);
    });
    await step('the server takes sale and report later', async () => {
      await server.up();
      await till.drained();
      await arrived(office, receipts);
      assert.ok((await office.audit()).some((entry) => entry.kind === 'shift_closed'));
      const shifts = await office.get('/v1/office/reports/shifts');
      assert.equal(shifts.length, 1);
    });
  });

  test(`[${name}] a till that was revoked`, async (t) => {
    const step = story(t);
    const { server, till, office, products } = await selling(t, name);
    const [product] = products;
    await server.down();
    const receipts = [await till.sell([[product]])];
    await till.newSale();
    const [{ id }] = await (async () => {
      await server.up();
      return office.tills();
    })();
    await server.cli('revoke-till', String(id));
    await step('it says so and sells nothing more', async () => {
      await till.waitAlert('revoked', 90_000);
      if (await till.shown('product-tile', { 'data-sku': product.sku })) {
        await till.click('product-tile', { 'data-sku': product.sku });
        await till.until(async () => /revoked/i.test(await till.bodyText()), 'a sentence');
      }
      assert.equal((await till.lines()).length, 0);
    });
    await step('what it had sold is taken', async () => {
      await till.drained();
      await arrived(office, receipts);
    });
  });

  test(`[${name}] two tills of one shop`, async (t) => {
    const { server, till, office, products } = await selling(t, name);
    const [product] = products;
    const { enrol_code, staff } = await server.enrolCode({ newTill: 'Second till' });
    const other = new Till(await Browser.open(t, name), server.url);
    await other.open();
    await other.enrol(enrol_code);
    await other.firstPin('Supervisor', staff.find((one) => one.name === 'Supervisor').first_pin_code);
    await other.openShift();
    await server.down();
    const receipts = [];
    for (const qty of [1, 2, 3]) {
      receipts.push(await till.sell([[product, qty]]));
      receipts.push(await other.sell([[product, 10 * qty]]));
    }
    await server.up();
    await till.drained();
    await other.drained();
    await arrived(office, receipts);
    const listed = await office.sales();
    assert.equal(new Set(listed.map((sale) => sale.till)).size, 2);
    assert.equal((await office.tills()).length, 2);
  });
}
