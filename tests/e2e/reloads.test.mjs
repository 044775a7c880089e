// A reload in the middle of anything comes back to it, with what was typed; on disk nobody reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { choose, closePanel, comesBack, noPanel, panel } from './harness/people.mjs';
import { search } from './harness/profile-files.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';

const NAME = 'Zacharias Zimtstern';
const EMAIL = 'zacharias.zimt@example.org';
const SLIP = 'SLIP-90210-77';
const REASON = 'Cracked on the way home';

for (const name of BROWSERS) {
  test(`[${name}] what is half done is still there after a reload, with no network`, async (t) => {
    const step = story(t);
    const { server, browser, till, products } = await selling(t, name, { staff: 'Manager' });
    const dear = [...products].sort((a, b) => b.price - a.price)[0];
    const loaf = products.find((product) => product.name === 'Sourdough loaf') ?? assert.fail('the demo has no loaf');
    const value = (id) => till.driver.executeScript(
      'return document.querySelector(arguments[0])?.value ?? null', `[data-testid="${id}"]`);
    const holds = (id, text) => till.until(async () => (await value(id)) === text, `"${text}" in ${id}`);
    /** What was typed last reaches the disk behind the screen. */
    const reload = async () => {
      await till.driver.executeAsyncScript('setTimeout(arguments[arguments.length - 1], 300)');
      await till.reload();
      await till.unlock('Manager');
    };
    await server.down();

    await step('somebody new, half written down', async () => {
      await till.add(dear);
      await till.click('customer');
      await till.fill('customer-search', NAME);
      await till.fill('customer-email', EMAIL);
      await reload();
      await panel(till, 'customer');
      await holds('customer-search', NAME);
      await holds('customer-email', EMAIL);
      await till.click('customer-save');
      await noPanel(till);
      await till.until(async () => (await till.text('cart-customer')).includes(NAME), 'their name on the order');
    });
    await step('a discount by amount, with its reason; closed, it does not come back', async () => {
      await till.click('line-discount');
      await till.click('discount-by', { 'data-by': 'amount' });
      await till.fill('discount-amount', '1.00');
      await till.fill('discount-reason', 'Scratched');
      await reload();
      await panel(till, 'discount');
      await holds('discount-amount', '1.00');
      await holds('discount-reason', 'Scratched');
      await closePanel(till);
      await reload();
      assert.ok(!(await till.shown('panel')));
    });
    await step('a terminal that was asked for a part, beside cash on the counter', async () => {
      await till.charge();
      await till.fill('cash-amount', '1.00');
      await till.click('tender-split');
      await till.fill('tender-part-amount', '2.00');
      await till.click('tender-external');
      await till.fill('external-reference', SLIP);
      await reload();
      await panel(till, 'external');
      await holds('external-reference', SLIP);
      assert.match(await till.text('panel'), /2\.00/, 'the same amount as before');
      await till.click('external-confirm');
      await noPanel(till);
      await till.until(async () => (await till.owed()) === dear.price - 300, 'and what was taken counts once');
      await till.hand('exact');
    });
    const sale = await till.confirm();
    await step('what comes back of a sale, and why; then what is to be given back', async () => {
      await till.newSale();
      await till.click('orders');
      await till.click('order-row', { 'data-sale': sale.id });
      await till.click('refund');
      await comesBack(till, { [dear.sku]: 1 });
      await till.click('refund-off-shelf');
      await till.fill('refund-reason', REASON);
      await reload();
      await holds('refund-reason', REASON);
      await till.until(async () => (await till.minor('refund-total')) === dear.price, 'what was chosen');
      assert.ok(await till.driver.executeScript('return document.querySelector(\'[data-testid="refund-off-shelf"]\').checked'));
      await till.click('refund-confirm');
      await till.wait('refund-done');
      const words = await till.text('refund-done');
      await reload();
      await till.wait('refund-done');
      assert.equal(await till.text('refund-done'), words);
      await till.click('order-back');
      await till.click('orders-close');
    });
    await step('a count of stock', async () => {
      await choose(till, 'count-stock');
      await till.fill('count-search', loaf.name);
      await till.click('count-option', { 'data-sku': loaf.sku });
      await till.fill('count-qty', '37');
      await reload();
      await panel(till, 'count-stock');
      await holds('count-qty', '37');
      await till.click('count-apply');
      await till.until(async () => /37/.test(await till.text('count-last')), 'it was counted');
      await closePanel(till);
    });
    await step('the drawer, counted by piece', async () => {
      await choose(till, 'close-shift');
      await till.click('count-way', { 'data-way': 'pieces' });
      await till.driver.executeScript(`
        const input = document.querySelector('[data-testid="count-piece"][data-value="5000"]');
        input.value = '3'; input.dispatchEvent(new Event('input', { bubbles: true }));`);
      await till.until(async () => (await till.minor('count-sum')) === 15_000, 'the sum');
      await reload();
      await till.until(async () => (await till.minor('count-sum')) === 15_000, 'the same sum');
    });
    assert.deepEqual(search(browser.profile, [NAME, EMAIL, SLIP, REASON]), [], 'on disk all of it is sealed');
  });
}
