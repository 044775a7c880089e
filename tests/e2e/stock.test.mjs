// Stock: two tills sell the same article offline, and all come to the same; marks, a count, goods that come and come back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, BROWSERS } from './harness/browsers.mjs';
import { choose, closePanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';

for (const name of BROWSERS) {
  test(`[${name}] stock over two tills`, async (t) => {
    const step = story(t);
    const scene = await selling(t, name, { staff: 'Manager' });
    const { server, till, office, products } = scene;
    const loaf = products.find((product) => product.name === 'Sourdough loaf') ?? assert.fail('the demo has no loaf');
    const tart = products.find((product) => product.name === 'Plum tart') ?? assert.fail('the demo has no tart');
    const other = new Till(await Browser.open(t, name), server.url);
    const codes = await server.enrolCode({ newTill: 'Till 2' });
    await other.open();
    await other.enrol(codes.enrol_code);
    await other.firstPin('Manager', codes.staff.find((one) => one.name === 'Manager').first_pin_code);
    await other.openShift();
    await other.offlineReady();
    await other.drained();

    /** What a tile says of a product's stock, in pieces; nothing for one without a mark. */
    const mark = (of, product) => of.driver.executeScript(`
      const mark = document.querySelector('[data-testid="product-tile"][data-sku="' + arguments[0] + '"] [data-testid="stock-mark"]');
      return mark && mark.dataset.stock + ' ' + mark.dataset.leftMilli / 1000;`, product.sku);
    const find = (of, product) => of.fill('search', product.name);
    /** The browser says that the network is there: the till asks at once, and not with its next heartbeat. */
    const nudge = (of) => of.driver.executeScript('window.dispatchEvent(new Event("online"))');
    const marked = (of, product, what) => of.until(async () => {
      await nudge(of);
      const is = await mark(of, product);
      if (is !== what) throw new Error(`${is} instead of ${what}`);
      return true;
    }, `${product.name}: ${what}`, 60_000);
    const level = async () => (await office.get('/v1/office/stock')).find((row) => row.sku === loaf.sku).level_milli / 1000;
    const sell = async (of, qty) => {
      await of.sell([[loaf, qty]]);
      await of.newSale();
    };

    await step('what is sold out is marked, and sold all the same', async () => {
      await find(till, tart);
      await marked(till, tart, 'sold-out 0');
      await till.fill('search', '');
      await till.add(tart);
      await till.wait2('cart-line', { 'data-sku': tart.sku });
      assert.equal(await till.text('stock-mark', { 'data-stock': 'sold-out' }).then((text) => text.split('\n')[0]), 'Sold out');
      await till.removeLine(tart.sku);
      await find(till, loaf);
      await marked(till, loaf, null);
      await till.fill('search', '');
    });
    await step('offline, each till takes out what it sells, at once and after a reload', async () => {
      await server.down();
      await sell(till, 12);
      await sell(other, 8);
      await till.add(loaf);
      await till.setQty(loaf.sku, 13);
      await till.wait2('stock-mark', { 'data-stock': 'short', 'data-left-milli': '12000' });
      await till.setQty(loaf.sku, 8);
      await till.pay();
      await till.newSale();
      await find(till, loaf);
      await marked(till, loaf, 'low 4');
      await till.reload();
      await till.unlock('Manager');
      await find(till, loaf);
      await marked(till, loaf, 'low 4');
    });
    await step('online again, office and both tills have what is left', async () => {
      await server.up();
      await nudge(till);
      await nudge(other);
      await till.drained();
      await other.drained();
      await till.until(async () => (await level()) === -4, 'twenty-four, less twenty, less eight');
      await marked(till, loaf, 'sold-out -4');
      await find(other, loaf);
      await marked(other, loaf, 'sold-out -4');
    });
    await step('goods that come in are for all', async () => {
      await office.send('POST', '/v1/office/stock/receive', { items: [{ sku: loaf.sku, qty_milli: 10_000 }], note: 'Bakery' });
      await marked(till, loaf, null);
      await find(other, loaf);
      await marked(other, loaf, null);
    });
    await step('a count is scanned or chosen, typed, and corrects what was expected', async () => {
      await till.fill('search', '');
      await choose(till, 'count-stock');
      await panel(till, 'count-stock');
      await till.fill('count-search', 'sourd');
      await till.click('count-option', { 'data-sku': loaf.sku });
      await till.until(async () => /Expected: 6/.test(await till.text('count-expected')), 'what is expected');
      await till.fill('count-qty', '4');
      await till.click('count-apply');
      await till.until(async () => /Counted 4, expected 6/.test(await till.text('count-last')), 'what was counted');
      await closePanel(till);
      await till.drained();
      await till.until(async () => (await level()) === 4, 'the count at the office');
      await marked(other, loaf, 'low 4');
    });
    await step('what comes back goes to stock, unless it cannot be sold again', async () => {
      for (const [offShelf, left] of [[true, 3], [false, 3]]) {
        const { id } = await till.sell([[loaf, 1]]);
        await till.newSale();
        await till.click('orders');
        await till.click('order-row', { 'data-sale': id });
        await till.click('refund');
        if (offShelf) await till.click('refund-off-shelf');
        await till.fill('refund-reason', 'Damaged');
        await till.click('refund-confirm');
        await till.wait('refund-done');
        await till.click('new-sale');
        await till.drained();
        await till.until(async () => (await level()) === left, `${left} left`);
      }
    });
    await step('the office sees what moved it, receives and corrects', async () => {
      const page = new Till(other.browser, server.url);
      const owner = server.first.owner;
      await page.driver.get(`${server.url}/office/`);
      await page.fill('office-login', owner.login);
      await page.fill('office-password', owner.password);
      await page.click('office-submit');
      await page.click('office-nav-stock');
      await page.wait('office-stock-row', { 'data-sku': loaf.sku, 'data-state': 'low' });
      const [first] = await page.attributes('office-stock-row', 'data-state');
      assert.equal(first, 'sold-out', 'what is needed first stands first');
      await page.until(() => page.driver.executeScript(`
        const row = document.querySelector('[data-testid="office-stock-row"][data-sku="' + arguments[0] + '"]');
        row?.querySelector('[data-testid="office-stock-open"]').click();
        return row !== null;`, loaf.sku), 'the article');
      await page.wait('office-stock-move', { 'data-kind': 'count' });
      for (const kind of ['sale', 'refund', 'receipt']) assert.ok(await page.exists('office-stock-move', { 'data-kind': kind }), kind);
      await page.fill('office-stock-received', '5');
      await page.click('office-stock-receive');
      await page.until(async () => /In stock: 8/.test(await page.text('office-stock-level')), 'three and five');
      await page.fill('office-stock-counted', '20');
      await page.click('office-stock-correct');
      await page.until(async () => /why/i.test(await page.text('office-field-error', { 'data-for': 'office-stock-reason' })), 'a reason is wanted');
      await page.fill('office-stock-reason', 'Found a box');
      await page.click('office-stock-correct');
      await page.until(async () => /In stock: 20/.test(await page.text('office-stock-level')), 'twenty');
      assert.equal(await level(), 20);
      if (process.env.SHOTS) {
        const { writeFile, mkdir } = await import('node:fs/promises');
        await mkdir(process.env.SHOTS, { recursive: true });
        const shot = async (of, file) => writeFile(`${process.env.SHOTS}/${name}-${file}.png`, await of.driver.takeScreenshot(), 'base64');
        await shot(page, 'office-stock');
        await find(till, { name: 'loaf' });
        await shot(till, 'till-stock');
      }
    });
  });
}
