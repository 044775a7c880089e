// How the customer's window, the way back, and the owner's pages for the counter look: three sizes, light and dark, axe-core, a
// ruler. Screenshots land in `SHOTS` (default: a temp directory, printed).
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { axe, tooSmall } from './harness/axe.mjs';
import { asked } from './harness/browsers.mjs';
import { Cdp } from './harness/cdp.mjs';
import { choose, closeMenu, closePanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { Till } from './harness/till.mjs';

const SIZES = [[1280, 800], [820, 1180], [390, 844]];
const TELEVISION = [1920, 1080];

test('[chromium] how the comforts look', { skip: asked('chromium') ? false : 'BROWSERS leaves Chromium out' }, async (t) => {
  const shots = process.env.SHOTS ?? mkdtempSync(join(tmpdir(), 'barrow-shots-'));
  mkdirSync(shots, { recursive: true });
  t.diagnostic(`screenshots: ${shots}`);
  const { server, browser, till, products } = await selling(t, 'chromium', { staff: 'Manager' });
  const { driver } = browser;
  const cdp = await Cdp.connect(browser);
  t.after(() => cdp.close());
  const counter = await driver.getWindowHandle();
  let page = await cdp.page(`${till.url}/`);

  const look = (screen, { sizes = SIZES, touched = true } = {}) =>
    t.test(screen, async () => {
      const wrong = [];
      for (const [width, height] of sizes) {
        await page.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 1000 });
        for (const value of ['light', 'dark']) {
          await page.send('Emulation.setEmulatedMedia', {
            features: [{ name: 'prefers-color-scheme', value }, { name: 'prefers-reduced-motion', value: 'reduce' }] });
          const { data } = await page.send('Page.captureScreenshot', { format: 'png' });
          writeFileSync(join(shots, `${screen.replaceAll(/[^a-z]+/g, '-')}-${width}x${height}-${value}.png`), data, 'base64');
          wrong.push(...(await axe(page)).map((line) => `${width}×${height} ${value}: ${line}`));
        }
        if (touched) wrong.push(...(await tooSmall(driver)).map((line) => `${width}×${height}: ${line}`));
        const [wide, inner] = await driver.executeScript('return [document.documentElement.scrollWidth, innerWidth]');
        if (wide > inner) wrong.push(`${width}×${height}: ${wide} px of content in ${inner} px`);
      }
      await page.send('Emulation.clearDeviceMetricsOverride');
      assert.deepEqual([...new Set(wrong)], []);
    });

  // — The till —

  await till.add(products[0]);
  await till.add(products[1]);
  await till.click('line-remove');
  await till.wait('undo');
  await look('the way back');
  await till.click('menu');
  await till.wait('menu-item', { 'data-choice': 'display' });
  await look('the menu with comforts');
  await closeMenu(till);
  await choose(till, 'help');
  await panel(till, 'help');
  await look('the help sheet');
  await closePanel(till);

  // — The customer's window —

  const display = new Till(browser, server.url);
  await choose(till, 'display');
  const customer = await till.until(async () => (await driver.getAllWindowHandles()).find((handle) => handle !== counter), 'a window');
  const facing = async (scene) => {
    await driver.switchTo().window(customer);
    await display.until(async () => (await display.attributes('display', 'data-scene'))[0] === scene, `the customer sees ${scene}`);
    page = await cdp.page(`${till.url}/display`);
    await look(`customer ${scene}`, { sizes: [...SIZES, TELEVISION] });
    await driver.switchTo().window(counter);
  };
  await till.click('line-remove');
  await facing('idle');
  for (const product of products.slice(0, 14)) await till.add(product);
  await till.setQty(products[0].sku, 3);
  await facing('order');
  await till.charge();
  await till.hand(20_000);
  await facing('pay');
  await till.confirm();
  await facing('thanks');
  await driver.switchTo().window(customer);
  await driver.close();
  await driver.switchTo().window(counter);
  page = await cdp.page(`${till.url}/`);

  // — The office —

  const office = new Till(browser, server.url);
  await driver.get(`${server.url}/office/`);
  await office.fill('office-login', server.first.owner.login);
  await office.fill('office-password', server.first.owner.password);
  await office.click('office-submit');
  await office.click('office-nav-promotions');
  await office.wait('office-promotion');
  await look('office promotions', { touched: false });
  await office.click('office-promotion-remove');
  await office.click('office-promotion-add');
  await office.wait('office-promotion-form');
  await office.click('office-promotion-save');
  await office.until(async () => /Give it a name/.test(await office.bodyText()), 'that it needs a name');
  await look('office a new promotion', { touched: false });
  await office.click('office-promotion-cancel');
  await office.click('office-nav-rules');
  await office.wait('office-shortcut');
  await driver.executeScript('document.querySelector("[data-testid=office-shortcuts-save]").scrollIntoView()');
  await look('office shortcuts', { touched: false });
});
