// Customers: written down offline on two tills, one person in the office, and gone everywhere when they are erased.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, BROWSERS } from './harness/browsers.mjs';
import { noPanel, panel } from './harness/people.mjs';
import { search } from './harness/profile-files.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';

const NAME = 'Zacharias Zimtstern';
const EMAIL = 'zacharias.zimt@example.org';

for (const name of BROWSERS) {
  test(`[${name}] a customer over two tills`, async (t) => {
    const step = story(t);
    const scene = await selling(t, name);
    const { server, browser, till, office, products } = scene;
    const [product] = products;
    const other = new Till(await Browser.open(t, name), server.url);
    const codes = await server.enrolCode({ newTill: 'Till 2' });
    await other.open();
    await other.enrol(codes.enrol_code);
    await other.firstPin('Cashier', codes.staff.find((one) => one.name === 'Cashier').first_pin_code);
    await other.openShift();
    await other.offlineReady();
    await other.drained();

    /** The browser says that the network is there: the till asks at once, and not with its next heartbeat. */
    const nudge = (of) => of.driver.executeScript('window.dispatchEvent(new Event("online"))');
    const writeDown = async (of, who, email) => {
      await of.click('customer');
      await panel(of, 'customer');
      await of.fill('customer-search', who);
      await of.fill('customer-email', email);
      await of.click('customer-save');
      await noPanel(of);
      await of.until(async () => (await of.text('cart-customer')).includes(who), 'their name on the order');
    };
    const sellTo = async (of, choose) => {
      await of.add(product);
      await choose();
      const receipt = await of.pay();
      await of.wait('receipt');
      return receipt;
    };
    const paper = async (of) => of.driver.executeScript(
      'return document.querySelector(\'[data-testid="receipt-customer"]\')?.textContent ?? null');
    const found = async (of, typed) => {
      await of.add(product);
      await of.click('customer');
      await of.fill('customer-search', typed);
      await of.until(async () => (await of.exists('customer-option')) || /Nobody known here/.test(await of.text('panel')), 'an answer');
      const names = await of.text('customer-option');
      await of.click('panel-close');
      await noPanel(of);
      await of.removeLine(product.sku);
      return names;
    };
    let receipts;

    await step('offline, both write the same person down, and sell to them', async () => {
      await server.down();
      const first = await sellTo(till, async () => {
        await till.click('customer');
        await panel(till, 'customer');
        await till.fill('customer-search', NAME);
        await till.fill('customer-email', 'no address');
        await till.click('customer-save');
        await till.until(async () => /no e-mail address/.test(await till.text('panel-error')), 'a sentence about the address');
        await till.click('panel-close');
        await noPanel(till);
        await writeDown(till, NAME, EMAIL);
      });
      assert.match(await paper(till), new RegExp(NAME), 'the name on the receipt');
      assert.doesNotMatch(await paper(till), /@/, 'and nothing else');
      const second = await sellTo(other, () => writeDown(other, 'Z. Zimtstern', EMAIL.toUpperCase()));
      receipts = [first, second];
      await till.newSale();
      await other.newSale();
    });
    await step('after a reload they are still known, and on disk nobody reads them', async () => {
      await till.reload();
      await till.unlock();
      assert.match(await found(till, 'zimt'), new RegExp(NAME));
      assert.deepEqual(search(browser.profile, [NAME, EMAIL]), []);
    });
    await step('the office has one person with both sales', async () => {
      await server.up();
      await nudge(till);
      await nudge(other);
      await till.drained();
      await other.drained();
      await till.until(async () => (await office.get('/v1/office/customers')).length === 1, 'one person');
      const [{ id }] = await office.get('/v1/office/customers');
      const one = await office.object(`/v1/office/customers/one?id=${id}`);
      assert.deepEqual(one.purchases.map(({ sale }) => sale).sort(), receipts.map((receipt) => receipt.id).sort());
      assert.equal(one.records.length, 2, 'what either till wrote down is kept');
    });
    await step('each till knows the one whom the other wrote down', async () => {
      await other.until(async () => {
        await nudge(other);
        return (await found(other, 'zimt')).split('\n').length <= 2;
      }, 'one person, not two', 60_000);
      assert.match(await found(till, EMAIL), /Zimtstern/);
    });
    await step('the owner erases them', async () => {
      const page = new Till(other.browser, server.url);
      const owner = server.first.owner;
      assert.ok(search(server.data, [EMAIL]).length > 0, 'this would find them');
      await page.driver.get(`${server.url}/office/`);
      await page.fill('office-login', owner.login);
      await page.fill('office-password', owner.password);
      await page.click('office-submit');
      await page.click('office-nav-customers');
      await page.fill('office-customer-search', 'zimt');
      await page.click('office-customer-open');
      await page.wait('office-customer-purchase', { 'data-sale': receipts[0].id });
      if (process.env.SHOTS) {
        const { writeFile, mkdir } = await import('node:fs/promises');
        await mkdir(process.env.SHOTS, { recursive: true });
        await writeFile(`${process.env.SHOTS}/${name}-office-customer.png`, await page.driver.takeScreenshot(), 'base64');
      }
      const place = (id) => page.driver.executeScript(
        'return document.querySelector(`[data-testid="${arguments[0]}"]`).getBoundingClientRect().toJSON()', id);
      const asked = await place('office-customer-erase');
      await page.click('office-customer-erase');
      await page.wait('office-customer-erase-confirm');
      const confirm = await place('office-customer-erase-confirm');
      assert.ok(confirm.top >= asked.bottom, 'a second tap in the same place erases nobody');
      await page.click('office-customer-erase-confirm');
      await page.until(async () => /Erased/.test(await page.text('office-customer-done')), 'that it was done');
      assert.deepEqual(await office.get('/v1/office/customers'), []);
    });
    await step('nothing of them is left: not at the server, not at the till, and the chain is whole', async () => {
      assert.deepEqual(search(server.data, [NAME, EMAIL, 'Z. Zimtstern', EMAIL.toUpperCase()]), []);
      await till.until(async () => {
        await nudge(till);
        return (await found(till, 'zimt')) === '';
      }, 'the till has forgotten', 60_000);
      await till.reload();
      await till.unlock();
      assert.equal(await found(till, 'zimt'), '');
      const file = `${server.data}/till-1.journal`;
      await server.cli('export', '--till', '1', file);
      assert.match(await server.cli('verify', file), /chain whole/);
      assert.deepEqual(search(server.data, [NAME, EMAIL]), [], 'nor in the exported journal');
      assert.equal((await office.sales()).length, 2, 'what was sold was sold');
    });
  });
}
