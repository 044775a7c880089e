// How the customer's window, the way back, the help sheet and a promotion's form look. (The office's rooms are looked at in
// office-look.test.mjs.)
import { test } from 'node:test';

import { asked } from './harness/browsers.mjs';
import { Cdp } from './harness/cdp.mjs';
import { looker, shotsFolder } from './harness/look.mjs';
import { choose, closeMenu, closePanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { Till } from './harness/till.mjs';

const TELEVISION = [1920, 1080];

test('[chromium] how the comforts look', { skip: asked('chromium') ? false : 'BROWSERS leaves Chromium out' }, async (t) => {
  const shots = shotsFolder(t);
  const { server, browser, till, products } = await selling(t, 'chromium', { staff: 'Manager' });
  const { driver } = browser;
  const cdp = await Cdp.connect(browser);
  t.after(() => cdp.close());
  const counter = await driver.getWindowHandle();
  const { look } = looker(t, { browser, page: await cdp.page(`${till.url}/`), shots });

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
    const eyes = looker(t, { browser, page: await cdp.page(`${till.url}/display`), shots, more: [TELEVISION] });
    await eyes.look(`customer ${scene}`);
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

  // — The office —

  const office = new Till(browser, server.url);
  await driver.get(`${server.url}/office/`);
  await office.fill('office-login', server.first.owner.login);
  await office.fill('office-password', server.first.owner.password);
  await office.click('office-submit');
  await office.click('office-nav-promotions');
  await office.wait('office-promotion');
  await office.click('office-promotion-remove');
  await office.click('office-promotion-add');
  await office.wait('office-promotion-form');
  await office.click('office-promotion-save');
  await office.until(async () => /Give it a name/.test(await office.bodyText()), 'that it needs a name');
  await look('office a new promotion');
});
