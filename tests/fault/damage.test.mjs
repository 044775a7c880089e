// The till's databases are damaged on the disk in every way of `DAMAGES` in turn, one after the other on the same till: each
// time it has to come up with nothing missing, and go on selling.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from '../e2e/harness/browsers.mjs';
import { dispatchSync } from '../e2e/harness/cdp.mjs';
import { DAMAGES, damage, databases } from '../e2e/harness/profile-files.mjs';
import { arrived, enrolAgain, selling, signIn } from '../e2e/harness/scene.mjs';
import { story } from '../e2e/harness/story.mjs';

for (const name of BROWSERS) {
  test(`[${name}] row 26: a journal that is damaged again and again, in every way`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    const receipts = [];
    const sell = async () => receipts.push(await till.sell([[product, receipts.length + 1]]));
    await server.down();
    await sell();
    for (const how of DAMAGES) {
      await step(how, async () => {
        await browser.close();
        const { journal, beside } = databases(browser, till.url);
        damage([...journal, ...beside], how);
        await browser.launch();
        await till.open();
        await till.until(async () => (await till.unsent()) >= receipts.length, `${receipts.length} unsent`);
        await signIn({ server, till });
        await sell();
      });
    }
    if (name === 'chromium') {
      await step('the service worker sends it, with the page closed: it found the same database', async () => {
        await till.lock();
        await browser.closePage();
        await server.up();
        await dispatchSync(browser, server.url);
        await arrived(office, receipts);
        await till.open();
        await signIn({ server, till });
      });
    }
    await step('all of it reaches the server, once', async () => {
      if (!server.running) await server.up();
      await till.drained();
      await arrived(office, receipts);
      const alarms = (await office.alerts()).map((alert) => alert.kind);
      assert.deepEqual(alarms.filter((kind) => /fork|clone|gap|altered|reordered|rollback|signature|seal/.test(kind)), []);
      assert.ok((await office.audit()).some((entry) => entry.kind === 'recovered'), 'the recovery is in the journal');
    });
  });

  test(`[${name}] row 33: keys that are damaged`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name);
    const [product] = products;
    const receipts = [];
    for (const how of ['scattered bytes', 'one page', 'one byte']) {
      await step(`${how}: a new enrolment, and the old sales are handed in`, async () => {
        await server.down();
        receipts.push(await till.sell([[product, receipts.length + 1]]));
        await browser.close();
        const { keys, beside } = databases(browser, till.url);
        assert.ok(keys.length > 0, 'there is a database of keys to damage');
        damage([...keys, ...beside], how);
        await browser.launch();
        await till.open();
        const shown = await till.waitAny(['enrol-code', 'staff-option']);
        await server.up();
        // Not every damage of the keys' files reaches the keys.
        if (shown === 'enrol-code') {
          await enrolAgain({ server, till }, 1);
          await till.openShift();
        } else {
          await signIn({ server, till });
        }
        await till.drained();
        await arrived(office, receipts);
      });
    }
  });
}
