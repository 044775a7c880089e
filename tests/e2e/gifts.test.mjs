// Gift cards, store credit, tips and split payments: at two tills, with and without a network, and in the office.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, BROWSERS } from './harness/browsers.mjs';
import { choose, closePanel, noPanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';
import { until } from './harness/wait.mjs';

/** Puts the card with this code on screen, from the menu or from the payment. */
async function look(till, code, state) {
  await panel(till, 'gift');
  await till.fill('gift-code', code.toLowerCase());
  await till.click('gift-look');
  await till.wait('gift-card', { 'data-state': state });
}

/** Pays with the card: all that it can, or `amount` as typed. */
async function redeem(till, code, state, amount) {
  await till.click('tender-gift');
  await look(till, code, state);
  if (amount) await till.fill('gift-pay-amount', amount);
  await till.click('gift-redeem');
}

/** Sells a new card, and gives its code from the receipt. */
async function sellCard(till, amount) {
  await choose(till, 'gifts');
  await panel(till, 'gift');
  await till.fill('gift-amount', amount);
  await till.click('gift-sell');
  await noPanel(till);
  await till.wait2('cart-gift');
  const receipt = await till.pay();
  const code = (await till.text('gift-issued-code')).trim();
  assert.match(code, /^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/);
  assert.deepEqual(await till.attributes('gift-issued-qr', 'data-code'), [code]);
  // Not printed, and nobody has said that the customer has it.
  await till.newSale();
  await panel(till, 'issued');
  await till.reload();
  await till.unlock('Manager');
  await panel(till, 'issued');
  assert.equal((await till.text('gift-issued-code')).trim(), code);
  await till.click('issued-done');
  await noPanel(till);
  return { code, last4: code.slice(-4), receipt };
}

for (const name of BROWSERS) {
  test(`[${name}] gift cards, tips and store credit`, async (t) => {
    const step = story(t);
    const scene = await selling(t, name, { staff: 'Manager', proxy: true });
    const { server, proxy, browser, till, office, products } = scene;
    const byPrice = [...products].sort((a, b) => b.price - a.price);
    const [dear, cheap] = [byPrice[0], byPrice.at(-1)];
    const cards = async () => (await office.object('/v1/office/gifts')).cards;
    const ofCard = async (last4) => (await cards()).find((card) => card.last4 === last4);
    const pieces = Math.ceil(3_000 / dear.price);
    let card;
    let other;
    // Tips are on as soon as the till hears of it, which is after its next sale.
    const rules = await office.object('/v1/office/rules');
    const asked = { on: true, percents_ppm: [100_000, 200_000] };
    const { version } = await office.send('PUT', '/v1/office/rules', { ...rules, tips: asked });

    await step('a card is sold, and its code stands on the receipt alone', async () => {
      card = await sellCard(till, '25');
      await till.drained();
      assert.equal((await ofCard(card.last4)).balance_minor, 2500);
      const [sale] = (await office.sales()).filter((sale) => sale.id === card.receipt.id);
      assert.deepEqual([sale.total_minor, sale.gifts_minor, sale.net_minor + sale.tax_minor], [2500, 2500, 0]);
      assert.equal(JSON.stringify([sale, await cards()]).includes(card.code), false, 'no code in the office');
      await till.click('menu');
      await till.click('menu-item', { 'data-choice': 'x-report' });
      await till.until(async () => /Gift cards sold \(no turnover\)\s*€25\.00/.test(await till.text('panel')), 'apart from turnover');
      await closePanel(till);
    });
    await step('the server says what is on it', async () => {
      await choose(till, 'gifts');
      await look(till, card.code, 'certain');
      assert.equal(await till.minor('gift-card'), 2500);
      await closePanel(till);
    });
    await step('a second till takes from the same card', async () => {
      const { enrol_code: code, staff } = await server.enrolCode({ newTill: 'Till 2' });
      other = new Till(await Browser.open(t, name), server.url);
      await other.open();
      await other.enrol(code);
      await other.firstPin('Cashier', staff.find((person) => person.name === 'Cashier').first_pin_code);
      await other.openShift();
    });
    await step('off the network a part is paid with it, the rest in cash, with a reload in between', async () => {
      proxy.rule = () => 'refuse';
      await till.add(dear);
      if (pieces > 1) await till.setQty(dear.sku, pieces);
      await till.charge();
      const due = await till.owed();
      await redeem(till, card.code, 'remembered', '99999');
      await till.until(async () => /at most/.test(await till.text('panel-error')), 'never more than is on it');
      await till.fill('gift-pay-amount', '10');
      await till.click('gift-redeem');
      await noPanel(till);
      await till.until(async () => (await till.owed()) === due - 1000, 'the rest is owed');
      await till.reload();
      await till.unlock('Manager');
      await till.until(async () => (await till.owed()) === due - 1000, 'and still is after a reload');
      assert.match(await till.text('tender-part'), new RegExp(`Gift card ····${card.last4}`));
      await till.hand('exact');
      const receipt = await till.confirm();
      assert.match(receipt.text, new RegExp(`Gift card ····${card.last4}`));
      assert.equal(receipt.text.includes(card.code), false);
      await till.newSale();
    });
    await step('what two tills spent too much of it is found, and told at office and till', async () => {
      await other.add(dear);
      if (pieces > 1) await other.setQty(dear.sku, pieces);
      await other.charge();
      await redeem(other, card.code, 'certain');
      await noPanel(other);
      await other.hand('exact');
      await other.confirm();
      await other.drained();
      assert.equal((await ofCard(card.last4)).balance_minor, 0);
      proxy.rule = () => 'pass';
      await till.drained();
      await till.waitAlert('gift-overdrawn', 60_000);
      assert.match(await till.text('alert', { 'data-kind': 'gift-overdrawn' }), /€10\.00 too much/);
      const { balance_minor: balance, state } = await ofCard(card.last4);
      assert.deepEqual([balance, state], [-1000, 'overdrawn']);
      assert.ok((await office.alerts()).some((alert) => alert.kind === 'gift-overdrawn'));
    });
    await step('a tip on top, paid at the terminal in two parts', async () => {
      const applied = new RegExp(`Settings version ${version} took effect`);
      await until(async () => (await office.audit()).some((row) => row.till === 1 && applied.test(row.what)), 'the shop asks for tips', { ms: 60_000, every: 300 });
      await till.add(dear);
      await till.charge();
      const tip = Math.round(dear.price / 10);
      await till.click('tip-choice', { 'data-tip': String(tip) });
      await till.until(async () => (await till.owed()) === dear.price + tip, 'the tip is owed too');
      await till.click('tender-split');
      await till.fill('tender-part-amount', '1');
      await till.click('tender-external');
      await till.fill('external-reference', 'A-1');
      await till.click('external-confirm');
      await noPanel(till);
      await till.until(async () => (await till.owed()) === dear.price + tip - 100, 'the rest');
      await till.click('tender-external');
      await till.fill('external-reference', 'A-2');
      await till.click('external-confirm');
      await till.wait('receipt');
      const { id } = await till.receipt();
      await till.newSale();
      await till.drained();
      const [sale] = (await office.sales()).filter((sale) => sale.id === id);
      assert.deepEqual([sale.tip_minor, sale.total_minor, sale.net_minor + sale.tax_minor], [tip, dear.price + tip, dear.price]);
      assert.deepEqual(sale.tenders.map((tender) => tender.amount_minor), [100, dear.price + tip - 100]);
      assert.deepEqual(sale.flags, []);
    });
    let credit;
    await step('a refund as store credit is a card with a code of its own', async () => {
      const sold = await till.sell([[cheap, 2]]);
      await till.newSale();
      await till.click('orders');
      await till.click('order-row', { 'data-sale': sold.id });
      await till.click('refund');
      await till.fill('refund-reason', 'Does not fit');
      await till.click('refund-credit');
      await panel(till, 'issued');
      credit = (await till.text('gift-issued-code')).trim();
      // Nobody may have read it yet.
      await till.reload();
      await till.unlock('Manager');
      await panel(till, 'issued');
      assert.equal((await till.text('gift-issued-code')).trim(), credit);
      await till.click('issued-done');
      await noPanel(till);
      await till.drained();
      assert.equal((await ofCard(credit.slice(-4))).balance_minor, 2 * cheap.price);
    });
    await step('the office sees every card, and blocks one', async () => {
      const page = new Till(browser, server.url);
      const owner = server.first.owner;
      await browser.driver.get(`${server.url}/office/`);
      await page.fill('office-login', owner.login);
      await page.fill('office-password', owner.password);
      await page.click('office-submit');
      await page.click('office-nav-gifts');
      await page.wait('office-gift', { 'data-last4': card.last4, 'data-state': 'overdrawn' });
      await page.until(async () => (await page.minor('office-gift-liability')) === 2 * cheap.price, 'what the shop owes');
      const within = (last4, id) => page.until(async () => {
        const button = await page.driver.executeScript(
          `return document.querySelector('[data-testid="office-gift"][data-last4="' + arguments[0] + '"] [data-testid="' + arguments[1] + '"]')`,
          last4, id);
        if (!button) throw new Error('not on screen');
        await button.click();
        return true;
      }, `${id} of ${last4}`);
      await within(card.last4, 'office-gift-open');
      await page.wait('office-gift-history');
      await page.until(async () => (await page.attributes('office-gift-move', 'data-kind')).join() === 'issue,redeem,redeem', 'its history');
      await within(credit.slice(-4), 'office-gift-block');
      await page.wait('office-gift', { 'data-last4': credit.slice(-4), 'data-state': 'blocked' });
      await page.click('office-nav-rules');
      await page.wait('office-rule-gift-offline-card');
    });
    await step('and no till takes it any more', async () => {
      await other.newSale();
      await other.add(cheap);
      await other.charge();
      await other.click('tender-gift');
      await other.fill('gift-code', credit);
      await other.click('gift-look');
      await until(async () => /blocked/.test(await other.text('gift-why-not')), 'a sentence that says so');
      await closePanel(other);
    });
  });
}
