import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Cdp } from './harness/cdp.mjs';
import { selling } from './harness/scene.mjs';
import { Till } from './harness/till.mjs';
test('shots', async (t) => {
  const { server, browser, till, products } = await selling(t, 'chromium', { staff: 'Manager' });
  await till.add(products[0]); await till.add(products[1]); await till.pay(); await till.newSale(); await till.drained();
  const page = new Till(browser, server.url);
  const { driver } = browser;
  await driver.get(`${server.url}/office/`);
  await page.fill('office-login', server.first.owner.login);
  await page.fill('office-password', server.first.owner.password);
  await page.click('office-submit');
  await page.wait('office-nav-sales');
  const cdp = await Cdp.connect(browser); t.after(() => cdp.close());
  const debug = await cdp.page(server.url);
  mkdirSync('/tmp/office-shots', { recursive: true });
  const rooms = await driver.executeScript('return [...document.querySelectorAll(`[data-testid^="office-nav-"]`)].map((l) => l.dataset.testid)');
  for (const code of ['de', 'ar']) {
    await driver.executeScript(`const s = document.querySelector('[data-testid=office-language]'); s.value = arguments[0]; s.dispatchEvent(new Event('change', { bubbles: true }));`, code);
    await page.until(() => driver.executeScript('return document.documentElement.lang.startsWith(arguments[0])', code), code);
    for (const [width, height] of [[1280, 800], [390, 844], [820, 1180]]) {
      await debug.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 1000 });
      for (const room of width === 820 ? ['office-nav-sales'] : rooms) {
        await driver.executeScript('document.querySelector(`[data-testid="${arguments[0]}"]`).click()', room);
        await page.until(() => driver.executeScript('return location.hash === "#" + arguments[0].replace("office-nav-", "") && ![...document.querySelectorAll("main .as-of")].some((e) => /…/.test(e.textContent))', room), room);
        if (room !== 'office-nav-audit') await driver.executeScript('for (const e of document.querySelectorAll(".row-button[aria-expanded=false]")) e.click()');
        await new Promise((r) => setTimeout(r, 150));
        const { data } = await debug.send('Page.captureScreenshot', { format: 'png' });
        writeFileSync(`/tmp/office-shots/${code}-${width}-${room.replace('office-nav-', '')}.png`, data, 'base64');
      }
    }
  }
});
