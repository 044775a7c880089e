// The browser loses data, refuses to write, or has a wrong clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asked, BROWSERS } from './harness/browsers.mjs';
import { Cdp } from './harness/cdp.mjs';
import { shiftClock } from './harness/clock.mjs';
import { damage, databases, remove } from './harness/profile-files.mjs';
import { arrived, enrolAgain, haveShift, selling, signIn } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { PINS } from './harness/till.mjs';

for (const name of BROWSERS) {
  test(`[${name}] rows 24, 26: the till's database is gone under an enrolled till`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    const receipts = [];

    await step('what was unsent comes back from the black box, and the till says so', async () => {
      await server.down();
      for (const qty of [1, 2, 3]) receipts.push(await till.sell([[product, qty]]));
      const unsent = await till.unsent();
      await browser.close();
      const { journal } = databases(browser, till.url);
      assert.ok(journal.length > 0, 'there is a database to lose');
      remove(journal);
      await browser.launch();
      await till.open();
      await till.waitAlert('recovered');
      assert.ok((await till.unsent()) >= unsent, 'everything unsent is there again');
    });
    await step('and reaches the server once', async () => {
      await server.up();
      await till.drained();
      await arrived(office, receipts);
    });
    await step('the till sells on, in the same chain', async () => {
      await signIn({ server, till });
      receipts.push(await sellOn(till, product));
      await till.drained();
      await arrived(office, receipts);
      const kinds = (await office.audit()).map((entry) => entry.kind);
      assert.ok(kinds.includes('recovered'), 'the recovery is in the journal');
      const alarms = (await office.alerts()).map((alert) => alert.kind);
      assert.ok(!alarms.some((kind) => /fork|clone|gap/i.test(kind)), `no fork, clone or gap: ${alarms}`);
    });
  });

  test(`[${name}] row 26: the till's database is damaged`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    const receipts = [];
    for (const [round, how] of ['all behind 0.3', 'scattered bytes'].entries()) {
      await step(`damage: ${how}`, async (t) => {
        await server.down();
        receipts.push(await till.sell([[product, round + 1]]));
        receipts.push(await till.sell([[product, 10 + round]]));
        await browser.close();
        t.diagnostic(damage(databases(browser, till.url).journal, how));
        await browser.launch();
        await till.open();
        await server.up();
        await signIn({ server, till });
        await till.drained();
        await arrived(office, receipts);
        await haveShift(till);
      });
    }
  });

  test(`[${name}] row 33: the keys are gone too`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    await server.down();
    const receipts = [await till.sell([[product, 2]]), await till.sell([[product, 5]])];
    await browser.close();
    const { journal, keys } = databases(browser, till.url);
    assert.ok(keys.length > 0, 'there is a database of keys to lose');
    remove([...journal, ...keys]);
    await browser.launch();
    await till.open();
    await step('the till says what happened and asks for a new code', async () => {
      await till.wait('enrol-code');
      await till.waitAlert('keys-lost');
    });
    await step('after a new enrolment the old sales are handed in', async () => {
      await server.up();
      const [{ id }] = await office.tills();
      await enrolAgain({ server, till }, id);
      await till.drained();
      await arrived(office, receipts);
      receipts.push(await sellOn(till, product));
      await till.drained();
      await arrived(office, receipts);
      assert.notEqual(receipts[0].id.split('-')[1], receipts[2].id.split('-')[1], 'a new epoch');
    });
  });
}

if (asked('chromium')) {
  // Chromium's override of the quota binds the file system, not IndexedDB: so the black box is full, and the database is not.
  // (What IndexedDB does when it is full is tested in the browser crate.)
  test('[chromium] row 23: there is no room left for the second copy', async (t) => {
    const step = story(t);
    const { browser, till, office, products } = await selling(t, 'chromium');
    const [product] = products;
    const receipts = [await till.sell([[product]])];
    await arrived(office, receipts);
    const cdp = await Cdp.connect(browser);
    t.after(() => cdp.close());
    const page = await cdp.page(till.url);
    await step('nobody signs in at a till that cannot write it down, and the till says why', async () => {
      await page.send('Storage.overrideQuotaForOrigin', { origin: till.url, quotaSize: 1 });
      await till.reload();
      await till.choose('Cashier');
      await till.typePin(PINS.Cashier);
      await till.until(async () => /storage is full|could not save/i.test(await till.bodyText()), 'a sentence about storage', 20_000);
      // What was on screen before may be seen for as long as the lock takes.
      await till.wait('staff-option');
      for (const id of ['search', 'charge', 'receipt']) assert.equal(await till.shown(id), false, id);
    });
    await step('with room again it goes on, and nothing is missing, double or forked', async () => {
      await page.send('Storage.overrideQuotaForOrigin', { origin: till.url });
      await till.reload();
      await till.unlock();
      receipts.push(await till.sell([[product, 2]]));
      await till.drained();
      await arrived(office, receipts);
      const alarms = (await office.alerts()).map((alert) => alert.kind);
      assert.deepEqual(alarms.filter((kind) => /fork|gap|altered|reordered|clone|rollback/.test(kind)), []);
    });
  });

  test('[chromium] row 38: the clock is years off', async (t) => {
    const step = story(t);
    const { browser, till, office, products } = await selling(t, 'chromium');
    const [product] = products;
    const receipts = [await till.sell([[product]])];
    const year = 365 * 86_400_000;
    await step('ten years back: it says so, sells on, in order', async () => {
      const undo = await shiftClock(browser.driver, -10 * year);
      await till.reload();
      await till.unlock();
      receipts.push(await till.sell([[product, 2]]));
      await till.waitAlert('clock-back');
      await undo();
    });
    await step('ten years ahead: it sells on', async () => {
      const undo = await shiftClock(browser.driver, 10 * year);
      await till.reload();
      await till.unlock();
      receipts.push(await till.sell([[product, 3]]));
      await undo();
    });
    await step('the server takes all of it, and raises the alarm', async () => {
      await till.drained();
      await arrived(office, receipts);
      const alarms = (await office.alerts()).map((alert) => alert.kind);
      assert.ok(alarms.some((kind) => /clock/i.test(kind)), `an alert about the clock: ${alarms}`);
    });
  });
}

async function sellOn(till, product) {
  await haveShift(till);
  return till.sell([[product]]);
}
