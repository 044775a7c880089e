// Every room of the office in three sizes, light and dark, after a day with a sale, a refund and a card that was declined.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asked } from './harness/browsers.mjs';
import { swipe } from './harness/card-reports.mjs';
import { Cdp } from './harness/cdp.mjs';
import { MAGTEK, Readers } from './harness/hid.mjs';
import { looker, shotsFolder } from './harness/look.mjs';
import { choose, closePanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { Till, typed } from './harness/till.mjs';
import { until } from './harness/wait.mjs';

test('[chromium] how the office looks', { skip: asked('chromium') ? false : 'BROWSERS leaves Chromium out' }, async (t) => {
  const { server, browser, till, products, office } = await selling(t, 'chromium', { staff: 'Manager' });
  const readers = await Readers.install(browser);
  t.after(() => readers.close());
  await t.test('a day at the till', async () => {
    await till.add(products[0]);
    await till.pay();
    await till.newSale();
    await till.reload();
    await till.unlock('Manager');
    await readers.plug('reader', MAGTEK);
    await readers.choose('reader');
    await choose(till, 'readers');
    await panel(till, 'readers');
    await till.click('reader-connect');
    await till.wait('reader-state', { 'data-state': 'ready' });
    await closePanel(till);
    await till.add(products.reduce((a, b) => (b.price > a.price ? b : a)));
    await till.charge();
    await till.fill('cash-amount', typed((await till.owed()) - 251));
    await till.click('tender-card');
    await till.wait('card-waiting');
    await readers.deliver('reader', swipe().hex);
    await till.wait('card-seen');
    await till.confirm();
    await until(async () => (await office.get('/v1/office/payments')).some((one) => one.state === 'declined'), 'a declined payment');
  });
  const cdp = await Cdp.connect(browser);
  t.after(() => cdp.close());
  const page = new Till(browser, server.url);
  await browser.driver.get(`${server.url}/office/`);
  await page.wait('office-login');
  const { look } = looker(t, { browser, page: await cdp.page(server.url), shots: shotsFolder(t) });
  await look('office sign-in');
  await page.fill('office-login', server.first.owner.login);
  await page.fill('office-password', server.first.owner.password);
  await page.click('office-submit');
  await page.wait('office-nav-sales');
  const rooms = await browser.driver.executeScript(
    'return [...document.querySelectorAll(`[data-testid^="office-nav-"]`)].map((link) => link.dataset.testid)');
  assert.ok(rooms.length >= 10, rooms.join(' '));
  for (const room of rooms) {
    await page.click(room);
    await page.until(async () => !(await page.driver.executeScript('return document.querySelector("main [aria-busy=true], main .loading") !== null')),
      `${room} is drawn`);
    await look(`office ${room.slice('office-nav-'.length)}`);
  }
  await t.test('the payment that was declined, with what it is of, and the day as a table', async () => {
    await page.click('office-nav-payments');
    await page.until(async () => /Declined/.test(await page.bodyText()) && /4242/.test(await page.bodyText()), 'the declined card');
    const csv = await page.driver.executeAsyncScript('const done = arguments[0]; fetch("/v1/office/payments.csv").then((r) => r.text()).then(done, String);');
    assert.match(csv, /declined/);
  });
});
