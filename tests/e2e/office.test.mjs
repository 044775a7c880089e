// The owner's pages: people and their codes, what roles may do, and who did what, over the tills and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { choose, discount, noPanel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';

const PIN = '740193';

for (const name of BROWSERS) {
  test(`[${name}] the owner adds a person and widens a role`, async (t) => {
    const step = story(t);
    const { server, browser, till, products } = await selling(t, name);
    const page = new Till(browser, server.url);
    const owner = server.first.owner;
    const dear = products.reduce((a, b) => (b.price > a.price ? b : a));
    let code;
    const room = async (id) => {
      await page.click(`office-nav-${id}`);
    };
    const signIn = async (password) => {
      await page.fill('office-login', owner.login);
      await page.fill('office-password', password);
      await page.click('office-submit');
    };
    await step('only with the right password', async () => {
      await browser.driver.get(`${server.url}/office/`);
      await page.wait('office-login');
      await signIn('not-the-password');
      await page.until(async () => /wrong/i.test(await page.text('office-error')), 'a refusal');
      await signIn(owner.password);
      await page.wait('office-nav-staff');
    });
    await step('a person needs a name of their own', async () => {
      await room('staff');
      await page.click('office-person-add');
      await page.fill('office-person-new-name', 'Cashier');
      await page.click('office-person-new-submit');
      await page.until(async () => /called so|already/i.test(await page.bodyText()), 'a sentence about the name');
      await page.fill('office-person-new-name', 'Robin');
      await page.click('office-person-new-submit');
      await page.wait('office-person', { 'data-staff': 'Robin' });
    });
    await step('gets a one-time code for a till', async () => {
      await openRow(page, 'Robin');
      await page.click('office-first-pin-make');
      await page.wait('office-first-pin-code');
      code = await page.text('office-first-pin-code');
      assert.match(code, /\S{6,}/);
    });
    await step('a cashier may give 20 %', async () => {
      await room('rules');
      await page.wait('office-role', { 'data-role': 'cashier' });
      await page.until(async () => {
        const input = await page.driver.executeScript(
          'return document.querySelector(`[data-testid="office-role"][data-role="cashier"] [data-testid="office-role-discount"]`)');
        if (!input) throw new Error('not on screen');
        await page.driver.executeScript('arguments[0].focus(); arguments[0].select();', input);
        await input.sendKeys('20');
        return (await input.getAttribute('value')) === '20';
      }, '20 typed');
      await page.click('office-rules-save');
      await page.until(async () => /saved/i.test(await page.bodyText()), 'that it was saved');
    });
    await step('the trail has it, and can be taken away as a table', async () => {
      await room('audit');
      await page.until(async () => /Robin/.test(await page.bodyText()), 'Robin in the trail');
      const [href] = await page.attributes('office-audit-export', 'href');
      const csv = await page.driver.executeAsyncScript(
        'const done = arguments[1]; fetch(arguments[0]).then((r) => r.text()).then(done, (e) => done(String(e)));', href);
      assert.match(csv.split(/\r?\n/)[0], /^when,who,what,result,where/);
      assert.match(csv, /Robin/);
    });
    await step('at the till the new person chooses a PIN, and gives the discount alone', async () => {
      await till.open();
      await till.wait('staff-option', { 'data-staff': 'Robin' }, 60_000);
      await till.firstPin('Robin', code, PIN);
      await till.add(dear);
      await discount(till, 20, 'Staff');
      await noPanel(till);
      await till.waitTotal(dear.price - Math.round(dear.price * 0.2));
      await till.pay();
      await till.newSale();
      await choose(till, 'switch');
      await till.drained();
    });
    await step('and is taken off again', async () => {
      await browser.driver.get(`${server.url}/office/`);
      await page.wait('office-nav-staff');
      await room('staff');
      await openRow(page, 'Robin');
      await page.click('office-person-off');
      await page.wait('office-person-off-question');
      await page.click('office-person-off-confirm');
      await page.wait('office-person', { 'data-staff': 'Robin', 'data-active': 'false' });
      await till.open();
      await till.until(async () => !(await till.shown('staff-option', { 'data-staff': 'Robin' })), 'no Robin', 60_000);
    });
  });
}

/** Opens the row of `person`, unless it is. */
async function openRow(page, person) {
  await page.until(async () => {
    if ((await page.shown('office-first-pin-make')) || (await page.shown('office-person-off'))) return true;
    const button = await page.driver.executeScript(
      `return document.querySelector('[data-testid="office-person"][data-staff="' + arguments[0] + '"] [data-testid="office-person-open"]')`,
      person);
    if (!button) throw new Error('not on screen');
    await button.click();
    return page.shown('office-person-off');
  }, `the row of ${person}`);
}
