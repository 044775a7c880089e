// Receipts' codes: one till sells, another gives back on the receipt's word, with no network; the customer's own receipt; exchanges.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, BROWSERS } from './harness/browsers.mjs';
import { comesBack } from './harness/people.mjs';
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

/**
 * As a scanner does: the keys of the code at once, with Enter at the end, while no field has the focus. The driver's own keys come
 * too slowly for hundreds of them when the machine is busy.
 */
async function scan(till, code) {
  // The keys' times are those of a scanner, however busy the machine is while they are made.
  await till.driver.executeScript(`
    document.activeElement?.blur();
    const start = performance.now();
    [...arguments[0], 'Enter'].forEach((key, place) => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
      Object.defineProperty(event, 'timeStamp', { value: start + 2 * place });
      document.body.dispatchEvent(event);
    });`, code);
}

/** Gives so many pieces of each product back, of the sale on screen. */
async function giveBack(till, quantities, reason = 'Damaged') {
  await till.click('refund');
  await till.wait('refund-total');
  await comesBack(till, quantities);
  await till.fill('refund-reason', reason);
  await till.click('refund-confirm');
  await till.wait('refund-done');
  return till.minor('refund-total');
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
      await comesBack(b, { [first.sku]: 2 });
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
      assert.match(await early.text(), /has not sent this sale yet/);
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

  test(`[${name}] an exchange`, async (t) => {
    const step = story(t);
    const { till, office, products } = await selling(t, name, { staff: 'Manager' });
    const byPrice = [...products].sort((a, b) => b.price - a.price);
    const [dear, cheap] = [byPrice[0], byPrice.at(-1)];
    const first = await till.sell([[cheap, 2]]);
    let second;

    await step('for something dearer: the difference is paid in cash', async () => {
      await till.click('orders');
      await till.wait('order', { 'data-sale': first.id });
      await begin(till, { [cheap.sku]: 1 });
      assert.equal(await till.minor('exchange-difference'), -cheap.price);
      await till.add(dear);
      await till.until(async () => (await till.minor('exchange-difference')) === dear.price - cheap.price, 'the difference');
      if (process.env.SHOTS) await shot(till, `${name}-exchange-cart`);
      await till.reload();
      await till.unlock('Manager');
      await till.wait('exchange');
      await till.charge();
      assert.equal(await till.minor('tender-remaining'), dear.price - cheap.price);
      if (process.env.SHOTS) await shot(till, `${name}-exchange-tender`);
      await till.hand('exact');
      second = await till.confirm();
      assert.match(second.text, /Came back/);
      assert.equal(await till.shown('void'), false);
      if (process.env.SHOTS) await shot(till, `${name}-exchange-receipt`);
    });
    await step('for something cheaper: the difference goes back in cash', async () => {
      await till.click('orders');
      await till.wait('order', { 'data-sale': second.id });
      await begin(till, { [dear.sku]: 1 });
      await till.add(cheap);
      await till.until(async () => (await till.minor('exchange-difference')) === cheap.price - dear.price, 'the difference');
      // The large figure is what goes back; the customer sees what came back, and the same figure.
      assert.equal(await till.minor('cart-total'), cheap.price - dear.price);
      const amount = await till.text('cart-total');
      assert.equal(await till.text('charge'), `Give back ${amount}`);
      if (process.env.SHOTS) await shot(till, `${name}-exchange-back-cart`);
      await customerSees(till, `${name}-exchange-back-order`, amount, dear.name);
      await till.click('charge');
      await till.wait('exchange-then');
      assert.match(await till.text('exchange-then'), /back in cash/);
      assert.equal(await till.text('tender-confirm'), `Give back ${amount}`);
      for (const none of ['cash-exact', 'cash-amount', 'tender-cash', 'tender-external', 'tender-remaining']) {
        assert.equal(await till.shown(none), false, none);
      }
      if (process.env.SHOTS) await shot(till, `${name}-exchange-back-tender`);
      await customerSees(till, `${name}-exchange-back-pay`, amount, dear.name);
      await till.click('tender-confirm');
      await till.wait('exchange-given');
      assert.equal(await till.minor('exchange-given'), dear.price - cheap.price);
      const paper = await till.driver.executeScript('return document.querySelector(".paper").innerText');
      assert.match(paper, /Given back in cash/);
      assert.doesNotMatch(paper, /Give .* back in cash/);
      if (process.env.SHOTS) await shot(till, `${name}-exchange-back-receipt`);
    });
    await step('one that is left is a sale like any other', async () => {
      await till.click('orders');
      await till.click('order-back');
      await till.click('order-row', { 'data-sale': first.id });
      await begin(till, { [cheap.sku]: 1 });
      await till.click('exchange-leave');
      await till.until(async () => !(await till.shown('exchange')), 'no exchange');
    });
    await step('drawer, report and office add up', async () => {
      const report = await till.closeShift(10_000 + 2 * cheap.price);
      assert.match(report, /The drawer is right/);
      assert.match(report, /Exchange/);
      await till.drained();
      assert.deepEqual(await office.alerts(), []);
      const rows = await office.sales();
      assert.equal(rows.reduce((sum, row) => sum + row.total_minor, 0), 2 * cheap.price);
      assert.deepEqual(rows.map((row) => row.kind).sort(), ['refund', 'refund', 'sale', 'sale', 'sale']);
    });
  });
}

/** From the sale on screen: these come back, and something else is taken for them. */
async function begin(till, quantities) {
  await till.click('refund');
  await till.wait('refund-total');
  await comesBack(till, quantities);
  await till.fill('refund-reason', 'Does not fit');
  await till.click('exchange-begin');
  await till.wait('exchange');
}

/** Opens a window for the customer, which shows these, and closes it. */
async function customerSees(till, name, ...texts) {
  const counter = await till.driver.getWindowHandle();
  await till.driver.switchTo().newWindow('window');
  try {
    const display = new Till({ driver: till.driver }, till.url);
    await till.driver.get(`${till.url}/display`);
    await display.until(async () => {
      const shown = await display.bodyText();
      return ['You bring back', 'You get back', ...texts].every((text) => shown.includes(text));
    }, `the customer sees ${texts}`);
    assert.doesNotMatch(await display.bodyText(), /^To pay|^Paid so far/m);
    if (process.env.SHOTS) await shot(display, name);
    await till.driver.close();
  } finally {
    await till.driver.switchTo().window(counter);
  }
}

async function shot(till, name) {
  const { writeFile, mkdir } = await import('node:fs/promises');
  await mkdir(process.env.SHOTS, { recursive: true });
  await writeFile(`${process.env.SHOTS}/${name}.png`, await till.driver.takeScreenshot(), 'base64');
}
