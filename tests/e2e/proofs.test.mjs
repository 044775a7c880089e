// Receipts' codes: one till sells, another gives back on the receipt's word, with no network; the customer's own receipt; exchanges.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Key } from 'selenium-webdriver';

import { Browser, BROWSERS } from './harness/browsers.mjs';
import { PINS, Till } from './harness/till.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { until } from './harness/wait.mjs';

/** A second tablet of the same shop, with a manager signed in and a shift open. */
async function secondTill(t, name, server) {
  const code = await server.enrolCode({ newTill: 'Till 2' });
  const browser = await Browser.open(t, name);
  const till = new Till(browser, server.url);
  await till.open();
  await till.enrol(code.enrol_code);
  await till.firstPin('Manager', code.staff.find((one) => one.name === 'Manager').first_pin_code, PINS.Manager);
  await till.openShift();
  await till.offlineReady();
  await till.drained();
  return till;
}

/** What the QR on the receipt holds. */
async function codeOf(till) {
  await till.wait('receipt-qr');
  const [code] = await till.attributes('receipt-qr', 'data-code');
  return code;
}

/** As a scanner does: into whatever has the focus, at once, with Enter at the end; and not in the midst of typing. */
async function scan(till, code) {
  await new Promise((done) => setTimeout(done, 200));
  await till.driver.executeScript('document.activeElement?.blur()');
  await (await till.driver.switchTo().activeElement()).sendKeys(code, Key.ENTER);
}

/** Gives so many pieces of each product back, of the sale on screen. */
async function giveBack(till, quantities, reason = 'Damaged') {
  await till.click('refund');
  await till.wait('refund-total');
  await choose(till, quantities);
  await till.fill('refund-reason', reason);
  await till.click('refund-confirm');
  await till.wait('refund-done');
  return till.minor('refund-total');
}

async function choose(till, quantities) {
  await till.click('refund-none');
  await till.until(async () => (await till.minor('refund-total')) === 0, 'nothing chosen yet');
  for (const [sku, qty] of Object.entries(quantities)) {
    await till.until(() => till.driver.executeScript(`
      const input = document.querySelector('[data-testid="refund-line"][data-sku="' + arguments[0] + '"] [data-testid="refund-qty"]');
      if (!input) return false;
      input.value = String(arguments[1]);
      input.dispatchEvent(new Event('change', { bubbles: true }));
      return true;`, sku, qty), `${qty} of ${sku}`);
  }
}

/** Another letter in the middle of the code's proof. */
function altered(code) {
  const at = code.indexOf('#') + 200;
  return code.slice(0, at) + (code[at] === 'A' ? 'B' : 'A') + code.slice(at + 1);
}

for (const name of BROWSERS) {
  test(`[${name}] another till takes a receipt at its word`, async (t) => {
    const step = story(t);
    const scene = await selling(t, name, { staff: 'Manager', proxy: true });
    const { server, proxy, till: a, office, products } = scene;
    const b = await secondTill(t, name, server);
    const [first, second] = products;
    let sale;
    let code;

    await step('a sale with no network has its code on the receipt', async () => {
      await server.down();
      sale = await a.sell([[first, 2], [second, 1]]);
      code = await codeOf(a);
      assert.match(code, /^HTTP:\/\/LOCALHOST:\d+\/R\/[0-9A-X]{100,}#[0-9A-X]{200,}$/);
      assert.ok(code.length < 700, `${code.length} characters`);
    });
    await step('the other till finds it by a scan, offline, and gives a line back', async () => {
      await scan(b, code);
      await b.wait('order-checked');
      assert.match(await b.text('order-checked'), /signed by Till 1/);
      assert.match(await b.text('order'), new RegExp(second.words[0]));
      assert.equal(await b.shown('void'), false);
      assert.equal(await giveBack(b, { [first.sku]: 1 }), first.price);
      assert.match(await b.text('refund-done'), /back in cash/);
      await b.click('order-back');
    });
    await step('the same piece does not come back a second time', async () => {
      await b.wait('order-search');
      await b.fill('order-search', code, { enter: true });
      await b.wait('order-checked');
      await b.click('refund');
      await b.wait('refund-total');
      await choose(b, { [first.sku]: 2 });
      await b.until(async () => /more than was sold/.test(await b.error()), 'a sentence that says why');
      await b.click('refund-back');
      await b.click('order-back');
    });
    await step('an altered code is refused', async () => {
      await b.wait('order-search');
      await scan(b, altered(code));
      await b.until(async () => /not genuine|not a whole receipt/.test(await b.error()), 'a sentence that says why');
      assert.equal(await b.shown('order'), false);
      await b.click('orders-close');
      await b.wait('search');
    });
    await step('the till that sold does not know, and gives both back', async () => {
      await scan(a, code);
      await a.wait('order', { 'data-sale': sale.id });
      assert.equal(await a.shown('order-checked'), false, 'its own sale');
      assert.equal(await giveBack(a, { [first.sku]: 2 }), first.price * 2);
      await a.click('new-sale');
    });
    await step('the customer’s receipt is not there yet', async () => {
      proxy.use('refuse');
      await server.up();
      await b.drained();
      assert.deepEqual(await office.alerts(), [], 'on the receipt’s word');
      const early = await fetch(server.url + new URL(code).pathname);
      assert.equal(early.status, 404);
      assert.match(await early.text(), /has not been online yet/);
    });
    await step('then the server finds what came back twice, and shows the receipt', async () => {
      proxy.use('pass');
      await a.drained();
      await until(async () => (await office.alerts()).some((alert) => alert.kind === 'double-refund'), 'double-refund');
      await b.driver.get(server.url + new URL(code).pathname);
      await b.until(async () => (await b.bodyText()).includes(`Sale ${sale.id}`), 'the receipt');
      const shown = await b.bodyText();
      assert.match(shown, new RegExp(second.words[0]));
      assert.match(shown, /was given back/);
      assert.equal(await b.driver.executeScript('return document.scripts.length'), 0);
      if (process.env.SHOTS) await shot(b, `${name}-phone`);
    });
  });
}

async function shot(till, name) {
  const { writeFile, mkdir } = await import('node:fs/promises');
  await mkdir(process.env.SHOTS, { recursive: true });
  await writeFile(`${process.env.SHOTS}/${name}.png`, await till.driver.takeScreenshot(), 'base64');
}
