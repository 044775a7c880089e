// Every screen in three sizes, light and dark: large enough to touch, named for screen readers, nothing cut off.
// Screenshots land in `SHOTS` (default: a temp directory, printed).
import { test } from 'node:test';

import { Key } from 'selenium-webdriver';

import { asked } from './harness/browsers.mjs';
import { Cdp } from './harness/cdp.mjs';
import { swipe } from './harness/card-reports.mjs';
import { MAGTEK, Readers } from './harness/hid.mjs';
import { looker, shotsFolder } from './harness/look.mjs';
import { choose, closePanel, panel } from './harness/people.mjs';
import { catalogue, stage } from './harness/scene.mjs';
import { typed } from './harness/till.mjs';

test('[chromium] how it looks', { skip: asked('chromium') ? false : 'BROWSERS leaves Chromium out' }, async (t) => {
  const shots = shotsFolder(t);
  const { server, browser, till } = await stage(t, 'chromium');
  const products = await catalogue(await server.office());
  const readers = await Readers.install(browser);
  t.after(() => readers.close());
  await till.open();
  const cdp = await Cdp.connect(browser);
  t.after(() => cdp.close());
  const page = await cdp.page(till.url);

  const { look } = looker(t, { browser, page, shots });
  // On a phone the cart is a sheet: `withCart` pulls it up.
  const withCart = {
    before: ([width]) => width < 500 && till.click('cart-toggle'),
    after: ([width]) => width < 500 && till.click('cart-toggle'),
  };

  await look('enrolment');
  await till.fill('enrol-code', 'ZZZZ-ZZZZ');
  await till.click('enrol-submit');
  await till.wait('enrol-error');
  await look('enrolment with an error');
  await till.enrol(server.ready.enrol_code);
  await look('people');
  await till.choose('Manager');
  await look('first pin');
  await till.reload();
  await till.firstPin('Manager', server.codeOf('Manager'));
  await look('opening a shift');
  await till.openShift();
  await look('selling, empty cart');
  for (const product of products.slice(0, 3)) await till.add(product);
  await look('selling');
  await till.click('line-discount');
  await panel(till, 'discount');
  await look('discount');
  await closePanel(till);
  for (const [button, kind] of [['line-extras', 'extras'], ['order-discount', 'order-discount'], ['order', 'order']]) {
    await till.click(button);
    await panel(till, kind);
    await look(kind);
    await closePanel(till);
  }
  const { sku: weighed, category: deli } = (await (await server.office()).products()).find((product) => product.unit === 'kg');
  await till.openCategory(deli);
  await till.click('product-tile', { 'data-sku': weighed });
  await panel(till, 'ask');
  await look('ask');
  await closePanel(till);
  await till.openCategory('Clothing');
  await till.click('variant-tile');
  await panel(till, 'variants');
  await look('variants');
  await closePanel(till);
  await browser.driver.executeScript('document.activeElement?.blur()');
  // As a scanner does: all at once.
  await (await browser.driver.switchTo().activeElement()).sendKeys('9999999999994', Key.ENTER);
  await panel(till, 'unknown-code');
  await look('unknown code');
  await closePanel(till);
  await till.click('numpad-toggle');
  await till.wait('numpad');
  await look('numpad', withCart);
  await till.click('numpad-toggle');
  await till.openCategory('All');
  await till.click('menu');
  await till.wait('menu-item');
  await look('menu');
  await till.click('menu-item', { 'data-choice': 'cash' });
  for (const kind of ['cash', 'no-sale', 'x-report', 'audit', 'people', 'help', 'proof']) {
    if (kind !== 'cash') await choose(till, kind);
    await panel(till, kind);
    if (kind === 'audit') await till.wait('audit-row');
    await look(kind);
    await closePanel(till);
  }
  await readers.plug('reader', MAGTEK);
  await readers.choose('reader');
  await choose(till, 'readers');
  await panel(till, 'readers');
  await till.click('reader-connect');
  await till.wait('reader-state', { 'data-state': 'ready' });
  await look('readers');
  await closePanel(till);
  await till.charge();
  await look('payment');
  await till.click('tender-external');
  await panel(till, 'external');
  await look('terminal');
  await closePanel(till);
  await till.fill('cash-amount', typed((await till.owed()) - 251));
  await till.click('tender-card');
  await till.wait('card-waiting');
  await look('waiting for a card');
  await readers.deliver('reader', swipe({ service: '201' }).hex);
  await till.wait('card-concern');
  await look('card above the limit');
  await till.confirm();
  await look('receipt of a card');
  await till.waitAlert('card-declined', 60_000);
  await till.newSale();
  await look('declined');
  await till.click('alert-open');
  await panel(till, 'alert');
  await look('dealing with it');
  await till.fill('alert-note', 'Told the owner');
  await till.click('alert-answer');
  await till.wait('search');
  await till.add(products[0]);
  await till.charge();
  await till.hand(100_000);
  await look('payment with change');
  await till.confirm();
  await look('receipt');
  await till.click('orders');
  await till.wait('order');
  await look('order');
  await till.click('order-back');
  await till.wait('order-row');
  await look('orders');
  await till.click('order-row');
  await till.wait('order');
  await till.click('refund');
  await till.wait('refund-total');
  await look('refund');
  await till.fill('refund-reason', 'Damaged');
  await till.click('refund-confirm');
  await till.wait('refund-done');
  await look('refunded');
  await till.click('order-back');
  await till.click('orders-close');
  await till.waitAny(['search', 'new-sale']);
  if (await till.shown('new-sale')) await till.newSale();
  const office = await server.office();
  const rules = await office.object('/v1/office/rules');
  const { version } = await office.send('PUT', '/v1/office/rules', { ...rules, tips: { ...rules.tips, on: true } });
  await choose(till, 'gifts');
  await panel(till, 'gift');
  await look('gift cards');
  await till.fill('gift-amount', '25');
  await till.click('gift-sell');
  await till.wait2('cart-gift');
  await look('selling a gift card');
  await till.pay();
  const code = (await till.text('gift-issued-code')).trim();
  await look('receipt of a gift card');
  await till.newSale();
  await till.wait2('issued-done');
  await look('a gift card that is to be handed over');
  await till.click('issued-done');
  const applied = new RegExp(`Settings version ${version} took effect`);
  await till.until(async () => (await office.audit()).some((row) => row.till === 1 && applied.test(row.what)), 'the shop asks for tips', 60_000);
  await till.add(products[0]);
  await till.charge();
  await till.click('tender-gift');
  await till.fill('gift-code', code);
  await till.click('gift-look');
  await till.wait('gift-card', { 'data-state': 'certain' });
  await look('paying with a gift card');
  await till.fill('gift-pay-amount', '1');
  await till.click('gift-redeem');
  await till.until(async () => !(await till.shown('panel')), 'no panel');
  await till.click('tender-split');
  await look('payment with a tip and a gift card');
  await till.hand('exact');
  await till.confirm();
  await till.newSale();
  await till.click('shift-close');
  await till.wait('counted-amount');
  await look('counting');
  await till.closeShift(12_345);
  await look('report');
  await till.lock();
  await till.choose('Manager');
  await look('pin');
  await till.typePin('950417');
  await till.wait('unlock-error');
  await look('wrong pin');
  await server.down();
  await till.reload();
  await till.waitNetwork('offline');
  await look('offline');

  await t.test('a whole sale by keyboard alone', async () => {
    await server.up();
    await till.unlock('Manager');
    await till.click('report-done');
    await till.openShift();
    const keys = (...text) => browser.driver.actions().sendKeys(...text).perform();
    const focused = () => browser.driver.executeScript('return document.activeElement?.closest("[data-testid]")?.dataset.testid ?? ""');
    await keys('/');
    await till.until(async () => (await focused()) === 'search', 'the search has the focus after "/"');
    // As a person types: what comes faster is a scanner's.
    const slowly = browser.driver.actions();
    for (const key of [...products[0].sku, Key.ENTER]) slowly.sendKeys(key).pause(100);
    await slowly.perform();
    await till.waitTotal(products[0].price);
    const tabTo = async (id) => {
      for (let i = 0; i < 400; i += 1) {
        if ((await focused()) === id) return;
        await keys(Key.TAB);
      }
      throw new Error(`${id} cannot be reached by Tab`);
    };
    await tabTo('charge');
    await keys(Key.ENTER);
    await till.wait('tender-confirm');
    await tabTo('cash-exact');
    await keys(Key.ENTER);
    await tabTo('tender-confirm');
    await keys(Key.ENTER);
    await till.wait('receipt');
    await tabTo('new-sale');
    await keys(Key.ENTER);
    await till.wait('search');
  });
});
