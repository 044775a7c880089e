// Giving money back: by line, with an approval, once; and voids of any sale of the shift.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { approve, choose, closePanel, comesBack, join, noPanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';

/** The list of sales, and in it the one with this id, found as a scanner of receipts does. */
async function openOrder(till, id) {
  await till.click('orders');
  await till.wait('order-search');
  await till.wait('order-row', { 'data-sale': id });
  await till.fill('order-search', id, { enter: true });
  await till.wait('order', { 'data-sale': id });
}

for (const name of BROWSERS) {
  test(`[${name}] a refund by line, approved above the limit, and once`, async (t) => {
    const step = story(t);
    const scene = await selling(t, name, { staff: 'Manager' });
    const { till, office, products } = scene;
    const byPrice = [...products].sort((a, b) => b.price - a.price);
    const [dear, cheap] = [byPrice[0], byPrice.at(-1)];
    // As many as come to more than a supervisor may give back of one sale, and one of them does not.
    const many = Math.floor(10_000 / dear.price) + 1;
    let sale;

    await step('a sale of two lines, and another one after it', async () => {
      sale = await till.sell([[dear, many], [cheap, 2]]);
      await till.sell([[cheap, 1]]);
      await till.newSale();
    });
    await till.lock();
    await join(scene, 'Supervisor');
    await step('a part of a line is the supervisor\'s own to give back', async () => {
      await openOrder(till, sale.id);
      await till.click('refund');
      await comesBack(till, { [cheap.sku]: 1 });
      await till.until(async () => (await till.minor('refund-total')) === cheap.price, 'the price of one');
      await till.click('refund-confirm');
      await till.until(async () => /Say why/.test(await till.error()), 'a reason is wanted');
      await till.fill('refund-reason', 'Damaged');
      await till.click('refund-confirm');
      await till.wait('refund-done');
      assert.equal(await till.minor('refund-total'), cheap.price);
      assert.match(await till.text('refund-done'), /back in cash/);
      await till.click('order-back');
    });
    await step('more than the limit of one sale is a manager\'s', async () => {
      await till.click('order-row', { 'data-sale': sale.id });
      await till.click('refund');
      await comesBack(till, { [dear.sku]: many });
      await till.fill('refund-reason', 'Damaged');
      await till.click('refund-confirm');
      await panel(till, 'approval');
      assert.match(await till.text('panel'), /Refund .* of sale/);
      await approve(till, 'Manager');
      await noPanel(till);
      await till.wait('refund-done');
      assert.equal(await till.minor('refund-total'), dear.price * many);
    });
    await step('what came back does not come back again, also after a reload', async () => {
      await till.reload();
      await till.unlock('Supervisor');
      await till.wait('refund-done');
      await till.click('order-back');
      await till.click('order-row', { 'data-sale': sale.id });
      await till.click('refund');
      await till.wait('refund-confirm');
      assert.equal(await till.minor('refund-total'), cheap.price, 'all that is left');
      await comesBackTooMuch(till, dear.sku);
      await till.until(async () => /more than was sold/.test(await till.error()), 'a sentence that says why');
      await till.click('refund-back');
      assert.equal(await till.shown('void'), false, 'what was refunded is not voided');
      await till.click('orders-close');
      await till.wait('search');
    });
    await step('the X and Z reports show it', async () => {
      const given = cheap.price + dear.price * many;
      await choose(till, 'x-report');
      await panel(till, 'x-report');
      assert.match(await till.text('x-report'), /Refunds\s+2 · /);
      await closePanel(till);
      const report = await till.closeShift(10_000 + sale.total + cheap.price - given);
      assert.match(report, /Refunds\s+2 · /);
      assert.match(report, /The drawer is right/);
    });
    await step('and so does the office', async () => {
      await till.drained();
      const rows = await office.sales();
      const refunds = rows.filter((row) => row.of === sale.id);
      assert.deepEqual(refunds.map((row) => row.total_minor).sort((a, b) => a - b), [-dear.price * many, -cheap.price]);
      assert.ok(refunds.every((row) => row.kind === 'refund' && row.flags.length === 0));
      const [shift] = await office.get('/v1/office/reports/shifts');
      assert.deepEqual([shift.refunds, shift.refunded_minor], [2, cheap.price + dear.price * many]);
      assert.deepEqual(await office.alerts(), []);
      const said = (await office.audit()).filter((row) => /Manager approved: Refund/.test(JSON.stringify(row)));
      assert.equal(said.length, 1);
    });
  });

  test(`[${name}] any sale of the shift can be voided`, async (t) => {
    const step = story(t);
    const { till, office, products } = await selling(t, name, { staff: 'Manager' });
    const first = await till.sell([[products[0], 1]]);
    const second = await till.sell([[products[1], 1]]);
    await step('the receipt leads to its own sale', async () => {
      await till.click('orders');
      await till.wait('order', { 'data-sale': second.id });
      await till.click('order-back');
    });
    await step('an older one is voided, with a reason', async () => {
      await till.click('order-row', { 'data-sale': first.id });
      await till.click('void');
      await panel(till, 'void');
      await till.fill('void-reason', 'Wrong size');
      await till.click('void-confirm');
      await noPanel(till);
      await till.until(async () => /Voided/.test(await till.text('order-state')), 'voided');
      assert.equal(await till.shown('refund'), false);
      await till.click('orders-close');
    });
    await step('the office lists it as voided, and the drawer is right without it', async () => {
      const report = await till.closeShift(10_000 + second.total);
      assert.match(report, /The drawer is right/);
      await till.drained();
      const [listed] = (await office.sales()).filter((row) => row.id === first.id);
      assert.match(listed.voided.reason, /Wrong size/);
    });
  });
}

async function comesBackTooMuch(till, sku) {
  await till.driver.executeScript(`
    const input = document.querySelector('[data-testid="refund-line"][data-sku="' + arguments[0] + '"] [data-testid="refund-qty"]');
    input.value = '1';
    input.dispatchEvent(new Event('change', { bubbles: true }));`, sku);
}
