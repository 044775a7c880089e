// The counter: scans wherever the focus is, variants, weights and asked prices, the numpad, discounts for the order, names.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { By, Key } from 'selenium-webdriver';

import { asked } from './harness/browsers.mjs';
import { panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';

for (const name of ['chromium', 'firefox']) {
  test(`[${name}] the counter`, { skip: asked(name) ? false : `BROWSERS leaves ${name} out` }, async (t) => {
    const { till, browser, office, products } = await selling(t, name, { staff: 'Manager' });
    const listed = await office.products();
    const only = (what, fits) => listed.find(fits) ?? assert.fail(`the demo has no ${what}`);
    const plain = products.find((product) => product.barcodes.length > 0 && !product.name.includes(','));
    const variant = only('variants', (product) => product.variant);
    const weighed = only('weighed product', (product) => product.unit === 'kg');
    const open = only('open price', (product) => product.open_price);
    const coffee = only('modifiers', (product) => product.modifiers?.length > 0 && !product.variant);

    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    /** As a scanner does: into whatever has the focus, at once, with Enter at the end; and not in the midst of typing. */
    const scan = async (code) => {
      await pause(200);
      await (await browser.driver.switchTo().activeElement()).sendKeys(code, Key.ENTER);
    };
    const blur = () => browser.driver.executeScript('document.activeElement?.blur()');
    const value = async (id) => (await browser.driver.findElement(By.css(`[data-testid="${id}"]`))).getAttribute('value');
    const clearCart = async () => {
      while ((await till.lines()).length > 0) await till.removeLine((await till.lines())[0]);
    };
    const qtyOf = async (sku) =>
      browser.driver.executeScript(
        'return document.querySelector(`[data-testid="cart-line"][data-sku="${arguments[0]}"] [data-testid="line-qty"]`)?.value', sku);

    await t.test('a scan while nothing has the focus adds, and leaves no trace', async () => {
      await blur();
      await scan(plain.barcodes[0]);
      await till.waitTotal(plain.price);
      assert.equal(await value('search'), '');
    });

    await t.test('a scan while a field has the focus adds, and the field holds what it held', async () => {
      await till.fill('search', 'zz');
      await scan(plain.barcodes[0]);
      await till.waitTotal(2 * plain.price);
      assert.equal(await value('search'), 'zz');
      await till.fill('search', '');
      // A quantity that is being typed: 4, and then a scan of one more. Neither 42… nor 22 instead of 4.
      const input = await browser.driver.findElement(By.css('[data-testid="line-qty"]'));
      await browser.driver.executeScript('arguments[0].focus(); arguments[0].select();', input);
      await input.sendKeys('4');
      await scan(plain.barcodes[0]);
      await till.until(async () => (await qtyOf(plain.sku)) === '5', 'four as typed, and one more');
      await till.setQty(plain.sku, 1);
      await till.waitTotal(plain.price);
    });

    await t.test('a code that the shop does not know is one choice', async () => {
      await blur();
      await scan('9999999999994');
      await panel(till, 'unknown-code');
      assert.equal(await till.text('unknown-code'), '9999999999994');
      await till.click('unknown-search');
      await till.until(async () => (await value('search')) === '9999999999994', 'it is searched for');
      await till.fill('search', '');
      await blur();
      await scan('ABC-UNKNOWN-1');
      await panel(till, 'unknown-code');
      await scan(plain.barcodes[0]);
      await till.waitTotal(2 * plain.price);
      assert.equal(await till.shown('panel'), false, 'the next scan takes its place');
    });

    await t.test('a scan into an open panel does no harm', async () => {
      await till.click('line-discount');
      await panel(till, 'discount');
      await scan(plain.barcodes[0]);
      await till.wait('panel-error');
      assert.equal(await till.total(), 2 * plain.price);
      await till.click('panel-close');
      await clearCart();
    });

    await t.test('a scan on the receipt starts the next sale', async () => {
      await till.add(plain);
      await till.pay();
      await scan(plain.barcodes[0]);
      await till.waitTotal(plain.price);
      await clearCart();
    });

    await t.test('variants are picked', async () => {
      const sisters = listed.filter((product) => product.name === variant.name && product.category === variant.category);
      await till.openCategory(variant.category);
      await till.click('variant-tile', { 'data-one-of': sisters[0].sku });
      await panel(till, 'variants');
      await till.click('product-tile', { 'data-sku': sisters[1].sku });
      await till.waitTotal(sisters[1].price_minor);
      await clearCart();
    });

    await t.test('a weight and a price are asked', async () => {
      await till.openCategory(weighed.category);
      await till.click('product-tile', { 'data-sku': weighed.sku });
      await till.fill('ask-qty', '0.352');
      await till.click('ask-add');
      await till.waitTotal(Math.round(weighed.price_minor * 0.352));
      await clearCart();
      await till.openCategory(open.category);
      await till.click('product-tile', { 'data-sku': open.sku });
      await till.fill('ask-price', '15');
      await till.click('ask-add');
      await till.waitTotal(1500);
      await clearCart();
    });

    await t.test('options and a note stand on the line', async () => {
      await till.openCategory(coffee.category);
      await till.click('product-tile', { 'data-sku': coffee.sku });
      await till.click('line-extras');
      const dear = coffee.modifiers[0].options.findIndex((option) => option.price > 0);
      await till.click('extra-option', { 'data-option': `0.${dear}` });
      await till.fill('line-note', 'extra hot');
      await till.click('extras-apply');
      await till.waitTotal(coffee.price_minor + coffee.modifiers[0].options[dear].price);
      assert.match(await till.text('cart-line'), /extra hot/);
      await clearCart();
    });

    await t.test('the numpad sets quantity, discount and price of the chosen line', async () => {
      await till.openCategory('All');
      await till.add(plain);
      await till.click('line-choose');
      const press = async (mode, keys) => {
        await till.click('numpad-mode', { 'data-mode': mode });
        for (const key of keys) {
          await till.driver.findElement(By.css(`[data-testid="numpad"] [data-key="${key}"]`)).then((button) => button.click());
        }
      };
      await press('qty', '4');
      // A scan between two taps changes nothing of what was tapped for another line, and is no digit.
      await till.click('numpad-set');
      await till.waitTotal(4 * plain.price);
      await press('qty', '2');
      await scan(plain.barcodes[0]);
      await till.waitTotal(5 * plain.price);
      await press('price', '1');
      await till.click('numpad-set');
      await till.waitTotal(500);
      await press('percent', '50');
      await till.click('numpad-set');
      await till.waitTotal(250);
      await clearCart();
    });

    await t.test('a discount for the order, a name, a note, put aside, split and joined', async () => {
      const [one, two] = products.filter((product) => product.price >= 300);
      await till.add(one);
      await till.add(two);
      await till.click('order-discount');
      await till.click('discount-by', { 'data-by': 'amount' });
      await till.fill('discount-amount', '2.00');
      await till.fill('discount-reason', 'regular');
      await till.click('discount-apply');
      await till.waitTotal(one.price + two.price - 200);
      await till.wait('order-off');
      await till.click('order-discount');
      await till.click('discount-remove');
      await till.waitTotal(one.price + two.price);
      await till.click('order');
      await till.fill('order-name', 'Anna');
      await till.fill('order-note', 'Happy birthday');
      await till.click('order-apply');
      await till.click('order');
      await till.click('order-split');
      await till.click('split-line', { 'data-place': '1' });
      await till.click('split-apply');
      await till.waitTotal(one.price);
      await till.click('parked-join');
      await till.waitTotal(one.price + two.price);
      await till.click('park');
      await till.wait('parked-order');
      assert.match(await till.text('parked-order'), /Anna/);
      await till.reload();
      await till.unlock('Manager');
      await till.click('parked-order');
      await till.waitTotal(one.price + two.price);
      const { id, text } = await till.pay();
      assert.match(text, /Happy birthday/);
      await till.drained();
      const sale = (await office.sales()).find((listed) => listed.id === id);
      assert.deepEqual([sale.total_minor, sale.note, sale.flags], [one.price + two.price, 'Happy birthday', []]);
    });

    await t.test('what was taken out of orders is in the audit trail', async () => {
      const said = (await office.audit()).map((row) => row.what).find((what) => /^Took out of an order/.test(what));
      assert.ok(said?.includes(`1 × ${plain.name}`), said);
    });
  });
}
