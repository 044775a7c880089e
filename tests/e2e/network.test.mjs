// Everything that a network does to an upload: the till keeps what was not acknowledged, and the server counts once.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { arrived, selling } from './harness/scene.mjs';

const entries = ({ method, path }) => method === 'POST' && path.endsWith('/entries');

for (const name of BROWSERS) {
  test(`[${name}] a bad network`, async (t) => {
    const { proxy, till, office, products } = await selling(t, name, { proxy: true });
    const [product] = products;
    const receipts = [];
    const sell = async (qty = 1) => receipts.push(await till.sell([[product, qty]]));
    const allListedOnce = () => arrived(office, receipts);
    const tried = (what, times = 2) =>
      till.until(() => proxy.count(what) >= times, `${times} requests that met ${what}`, 60_000);
    const kept = (count) => till.until(async () => (await till.unsent()) >= count, `${count} kept as unsent`);
    const healed = async () => {
      proxy.use('pass');
      await till.drained();
      await allListedOnce();
    };

    /** A step that begins with a good network and a till that sells, whatever the one before did. */
    const step = (name, run) =>
      t.test(name, async (t) => {
        proxy.use('pass');
        if (!(await till.shown('search')) && !(await till.shown('new-sale'))) {
          await till.open();
          await till.unlock();
        }
        await run(t);
      });

    await step('row 16: a captive portal answers 200 with its own page', async () => {
      proxy.use('portal');
      await sell();
      await tried('portal');
      await kept(1);
      await till.waitAlert('not-our-server', 30_000);
      await till.reload();
      assert.equal(await till.shown('staff-option'), true, 'the page comes from the tablet, not from the portal');
      await till.unlock();
      await sell(2);
      await kept(2);
      await healed();
      await till.until(async () => !(await till.alerts()).includes('not-our-server'), 'the alert goes', 30_000);
    });

    await step('rows 15, 21: 500 is not "sent", and one 500 does not stop the upload for good', async () => {
      proxy.use({ status: 500 });
      await sell();
      await tried(500);
      await kept(1);
      await healed();
    });

    await step('rows 3, 4: the answer is lost after the server committed', async () => {
      const before = (await office.sales()).length;
      let lost = 0;
      proxy.use((request) => (entries(request) && lost++ < 2 ? 'lose-reply' : 'pass'));
      await sell(3);
      await till.until(async () => (await office.sales()).length === before + 1, 'the server has the sale');
      await till.drained();
      assert.ok(lost >= 2, 'two answers were lost');
      await allListedOnce();
    });

    await step('row 11: a batch is cut in the middle, and an answer is cut in the middle', async () => {
      let cut = 0;
      proxy.use((request) => (entries(request) ? ['cut-request', 'cut-reply'][cut++] : 'pass'));
      await sell();
      await till.until(() => cut >= 2, 'two cuts', 60_000);
      await till.drained();
      await allListedOnce();
    });

    await step('row 14: 413 makes the batches smaller until they pass', async () => {
      proxy.use('refuse');
      for (const qty of [1, 2, 3, 4, 5, 6]) await sell(qty);
      await kept(6);
      const limit = 4096;
      proxy.use((request) => (entries(request) ? { limit } : 'pass'));
      await till.drained();
      assert.ok(proxy.count(413) >= 1, 'the batch was larger than the limit at first');
      await allListedOnce();
    });

    await step('429 and 503 with Retry-After: it waits, and goes on', async () => {
      let busy = 0;
      proxy.use((request) => {
        if (!entries(request)) return 'pass';
        busy += 1;
        return busy <= 2 ? { status: busy === 1 ? 503 : 429, headers: { 'retry-after': '1' } } : 'pass';
      });
      await sell();
      await till.drained();
      assert.ok(busy >= 3);
      await allListedOnce();
    });

    await step('row 13: a 400 for one batch is not the end of it', async () => {
      let refused = 0;
      proxy.use((request) => (entries(request) && refused++ < 2 ? { status: 400 } : 'pass'));
      await sell();
      await till.drained();
      await allListedOnce();
    });

    await step('row 7: sync, "online" and a tap at once send nothing twice', async () => {
      proxy.use('refuse');
      await sell();
      await sell();
      proxy.use('pass');
      await till.driver.executeScript(`
        for (let i = 0; i < 5; i += 1) {
          window.dispatchEvent(new Event('online'));
          document.dispatchEvent(new Event('visibilitychange'));
          navigator.serviceWorker.controller?.postMessage({ type: 'drain' });
        }`);
      await sell();
      await till.drained();
      await allListedOnce();
    });
  });
}
