// What makes a long day at the counter easier: a window for the customer, keys, sounds, and a way back from a mistake.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { By, Key } from 'selenium-webdriver';

import { BROWSERS } from './harness/browsers.mjs';
import { choose, closePanel, noPanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';

for (const name of BROWSERS) {
  test(`[${name}] comfort at the counter`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name, { staff: 'Manager' });
    const { driver } = browser;
    const [mug, loaf] = products.filter((product) => product.barcodes.length > 0 && !product.name.includes(','));
    const counter = await driver.getWindowHandle();
    const keys = (...text) => driver.actions().sendKeys(...text).perform();
    const chord = (modifier, key) => driver.actions().keyDown(modifier).sendKeys(key).keyUp(modifier).perform();
    const blur = () => driver.executeScript('document.activeElement?.blur()');
    const focused = (id) =>
      till.until(async () => (await driver.switchTo().activeElement().getAttribute('data-testid')) === id, `the focus on ${id}`);
    const skus = async () => till.attributes('cart-line', 'data-sku');

    // — The customer's window —

    const display = new Till(browser, server.url);
    let customer;
    const facing = async (handle, work) => {
      await driver.switchTo().window(handle);
      try {
        return await work();
      } finally {
        await driver.switchTo().window(counter);
      }
    };
    const scene = (wanted) =>
      facing(customer, () =>
        display.until(async () => (await display.attributes('display', 'data-scene'))[0] === wanted, `the customer sees ${wanted}`));
    const customerText = () => facing(customer, () => display.bodyText());

    await step('the customer’s window opens from the menu, and says the shop’s name', async () => {
      await choose(till, 'display');
      customer = await till.until(async () => (await driver.getAllWindowHandles()).find((handle) => handle !== counter), 'a window');
      await scene('idle');
      await facing(customer, () => display.until(async () => /\S/.test(await display.text('display-shop')), 'the shop’s name'));
    });
    let seen = '';
    await step('it follows a sale to thanks', async () => {
      await till.add(mug);
      await till.add(mug);
      await till.add(loaf);
      const total = 2 * mug.price + loaf.price;
      await till.waitTotal(total);
      await scene('order');
      const shown = await till.text('cart-total');
      await facing(customer, () => display.until(async () => (await display.text('display-total')) === shown, `a total of ${shown}`));
      const lines = await facing(customer, () => display.text('display-lines'));
      assert.ok(lines.includes(mug.name) && lines.includes(loaf.name), lines);
      await till.charge();
      await scene('pay');
      await till.hand(total + 500);
      const change = await till.text('change-due');
      await facing(customer, () => display.until(async () => (await display.text('display')).includes(change), `change of ${change}`));
      seen += await customerText();
      await till.confirm();
      await till.wait('receipt');
      await scene('thanks');
      await facing(customer, async () => assert.equal(await display.text('display-change'), change));
      await till.newSale();
      // A moment longer than the till shows it, and then it is the next one's turn.
      await facing(customer, async () => assert.equal((await display.attributes('display', 'data-scene'))[0], 'thanks'));
      seen += await customerText();
      await till.add(loaf);
      await scene('order');
    });
    await step('it says nothing of staff, the network, or the till', async () => {
      seen += await customerText();
      for (const secret of ['Manager', 'Cashier', 'Till 1', 'unsent', 'all sent', 'nline', 'ffline']) {
        assert.ok(!seen.includes(secret), `${secret} in ${seen}`);
      }
    });
    await step('what is no message of the till’s changes nothing, and text stays text', async () => {
      await facing(customer, async () => {
        const before = await display.text('display');
        await driver.executeScript(`
          window.other = new BroadcastChannel('barrow-display');
          const line = { qty: '1', name: 'x', price: '1', under: [] };
          const bill = { scene: 'order', shop: 's', lines: [line], off: null, total: '1', tax: '0', included: true };
          for (const bad of [null, 7, 'idle', {}, { scene: 'idle' }, { scene: 'constructor', shop: '' }, { ...bill, total: 1 },
            { ...bill, lines: Array(501).fill(line) }, { ...bill, lines: [{ ...line, name: 'x'.repeat(301) }] },
            { ...bill, lines: [null] }, { ...bill, included: 'yes' }]) other.postMessage(bad);`);
        await driver.executeScript(`
          const line = { qty: '1', name: '<img src=x onerror=alert(1)>', price: '1', under: ['<b>no</b>'] };
          other.postMessage({ scene: 'order', shop: 's', lines: [line], off: null, total: 'T', tax: '0', included: true });`);
        await display.until(async () => (await display.text('display-total')) === 'T', 'the good one, which came last');
        assert.notEqual(before, await display.text('display'));
        assert.equal(await driver.executeScript('return document.querySelectorAll(".lines img, .lines b").length'), 0);
        await driver.executeScript('other.close()');
      });
      await till.setQty(loaf.sku, 2);
      const shown = await till.text('cart-total');
      await facing(customer, () => display.until(async () => (await display.text('display-total')) === shown, 'the till’s own word'));
    });
    await step('it is idle while the till is locked or loaded anew, and comes back', async () => {
      await till.lock();
      await scene('idle');
      assert.ok(!(await customerText()).includes(loaf.name));
      await till.unlock('Manager');
      await scene('order');
      await till.reload();
      await scene('idle');
      await till.unlock('Manager');
      await scene('order');
    });
    await step('it opens with no network, beside a till that goes on', async () => {
      await server.down();
      await facing(customer, async () => {
        await driver.executeScript('window.beforeReload = true; location.reload()');
        await display.until(() => driver.executeScript('return window.beforeReload === undefined && document.readyState === "complete"'), 'a new page');
      });
      await scene('order');
      assert.equal(await till.shown('search'), true, 'the till is no second tab');
      // In every language that the till speaks, it has all of its words.
      await facing(customer, async () => {
        const said = () => driver.executeScript(
          `return [...document.querySelectorAll('h1, p, dt, button')].filter((e) => !e.dataset.field).map((e) => e.textContent)`);
        const english = await said();
        for (const [code, dir] of [['de', 'ltr'], ['fr', 'ltr'], ['es', 'ltr'], ['ja', 'ltr'], ['ar', 'rtl']]) {
          await driver.executeScript(`localStorage.setItem('barrow-language', '${code}'); window.beforeReload = true; location.reload()`);
          await display.until(
            () => driver.executeScript(
              `return window.beforeReload === undefined && document.readyState === 'complete'
                && document.documentElement.lang === arguments[0] && document.querySelector('main').checkVisibility({ visibilityProperty: true })`,
              code), code);
          assert.equal(await driver.executeScript('return document.documentElement.dir'), dir);
          const same = (await said()).filter((words, place) => words === english[place]);
          assert.ok(same.every((words) => words === 'Total'), `${code}: ${same}`);
        }
        await driver.executeScript(`localStorage.removeItem('barrow-language')`);
      });
      await server.up();
      await facing(customer, () => driver.close()).catch(() => driver.switchTo().window(counter));
      await driver.switchTo().window(counter);
    });

    // — Keys —

    await step('“?” opens the help, but not from the search', async () => {
      await blur();
      await keys('/');
      await focused('search');
      await keys('?');
      await till.until(async () => (await driver.findElement(By.css('[data-testid=search]')).getAttribute('value')) === '?', 'a ? in it');
      assert.equal(await till.shown('panel'), false);
      await till.fill('search', '');
      await blur();
      await keys('?');
      await panel(till, 'help');
      await till.wait('help-key', { 'data-keys': 'F2' });
      await keys('\uE00C');
      await noPanel(till);
    });
    await step('a whole sale with a few keys', async () => {
      await blur();
      await keys('*');
      await focused('line-qty');
      await keys('3', Key.ENTER);
      await till.waitTotal(3 * loaf.price);
      await keys(Key.F2);
      await till.wait('tender-confirm');
      await keys(Key.F3);
      await till.until(async () => (await till.minor('tender-remaining')) === 0, 'nothing left to pay');
      await keys(Key.F4);
      await till.wait('receipt');
      await keys(Key.F9);
      await till.wait('search');
      await till.add(loaf);
      await blur();
      await keys(Key.F8);
      await till.wait('parked-order');
      await till.click('parked-order');
      await till.waitTotal(loaf.price);
    });
    await step('a scan whose code holds such a key presses none', async () => {
      await blur();
      // As a scanner does: at once, with Enter at the end.
      await (await driver.switchTo().activeElement()).sendKeys('?AB/C*12', Key.ENTER);
      await panel(till, 'unknown-code');
      assert.equal(await till.text('unknown-code'), '?AB/C*12');
      await closePanel(till);
    });

    // — Undo —

    await step('the last change is undone, by button or key', async () => {
      await till.click('line-remove');
      await till.wait('undo');
      await till.click('undo');
      await till.waitTotal(loaf.price);
      await till.add(mug);
      await till.waitTotal(loaf.price + mug.price);
      await blur();
      await chord(Key.CONTROL, 'z');
      await till.waitTotal(loaf.price);
      assert.deepEqual(await skus(), [loaf.sku]);
      await till.click('park');
      await till.wait('parked-order');
      await till.click('undo');
      await till.waitTotal(loaf.price);
      assert.equal(await till.shown('parked-order'), false);
    });

    // — Sounds —

    await step('sounds can be turned off, on this tablet, at once', async () => {
      const count = () => driver.executeScript('return window.tones');
      const listen = () => driver.executeScript(`
        window.tones = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };`);
      await listen();
      await till.add(mug);
      await till.until(async () => (await count()) === 1, 'a tone for a product');
      await blur();
      await (await driver.switchTo().activeElement()).sendKeys('9999999999994', Key.ENTER);
      await panel(till, 'unknown-code');
      await till.until(async () => (await count()) === 3, 'two for a code that nobody knows');
      await closePanel(till);
      await choose(till, 'sounds');
      const before = await count();
      await till.add(mug);
      await till.waitTotal(loaf.price + 2 * mug.price);
      assert.equal(await count(), before);
      await till.reload();
      await till.unlock('Manager');
      await listen();
      await till.add(mug);
      await till.waitTotal(loaf.price + 3 * mug.price);
      assert.equal(await count(), 0, 'it is remembered');
      await choose(till, 'sounds');
      await till.until(async () => (await count()) === 1, 'and on again');
    });

    // — The office —

    const page = new Till(browser, server.url);
    const fillIn = (id, action, text) => page.until(async () => {
      const input = await driver.findElement(By.css(`[data-action="${action}"] [data-testid="${id}"]`));
      await driver.executeScript('arguments[0].focus(); arguments[0].select();', input);
      await input.sendKeys(text);
      return (await input.getAttribute('value')) === text;
    }, `${text} for ${action}`);
    await step('the owner gives the till other keys, each only once', async () => {
      await till.pay();
      await till.newSale();
      await till.drained();
      await driver.get(`${server.url}/office/`);
      await page.fill('office-login', server.first.owner.login);
      await page.fill('office-password', server.first.owner.password);
      await page.click('office-submit');
      await page.click('office-nav-rules');
      await page.wait('office-shortcut');
      await fillIn('office-shortcut', 'charge', 'F5');
      await page.click('office-shortcuts-save');
      await page.until(async () => /cannot be a shortcut/.test(await page.bodyText()), 'that the browser has F5');
      await fillIn('office-shortcut', 'charge', 'F3');
      await page.click('office-shortcuts-save');
      await page.until(async () => /would do two things/.test(await page.bodyText()), 'that F3 is taken');
      await fillIn('office-shortcut', 'charge', 'alt+k');
      await page.click('office-shortcuts-save');
      await page.until(async () => /Saved/.test(await page.text('office-shortcuts-done')), 'that it was saved');
    });
    await step('adds a promotion, which says what it does', async () => {
      await page.click('office-nav-promotions');
      await page.click('office-promotion-add');
      await page.click('office-promotion-save');
      await page.until(async () => /Give it a name/.test(await page.bodyText()), 'that it needs a name');
      await page.fill('office-promotion-name', 'Two for one');
      await page.fill('office-promotion-take', '2');
      await page.fill('office-promotion-pay', '1');
      await page.click('office-promotion-category');
      const says = await page.text('office-promotion-says');
      assert.match(says, /Of every 2 pieces, 1 are paid; the cheapest are free\. On /);
      await page.click('office-promotion-save');
      await page.wait('office-promotion', { 'data-name': 'Two for one' });
    });
    await step('changes one, moves it up, and removes the other', async () => {
      const names = () => page.attributes('office-promotion', 'data-name');
      const of = (name, id) => page.until(async () => {
        const button = await driver.executeScript(
          'return document.querySelector(`[data-testid="office-promotion"][data-name="${arguments[0]}"] [data-testid="${arguments[1]}"]`)', name, id);
        await button.click();
        return true;
      }, `a click on ${id} of ${name}`);
      const others = (await names()).filter((one) => one !== 'Two for one');
      for (let i = others.length; i > 0; i -= 1) {
        await of('Two for one', 'office-promotion-up');
        await page.until(async () => (await names()).indexOf('Two for one') === i - 1, 'one place higher');
      }
      for (const other of others) {
        await of(other, 'office-promotion-remove');
        await of(other, 'office-promotion-remove-confirm');
        await page.until(async () => !(await names()).includes(other), `no ${other}`);
      }
      await of('Two for one', 'office-promotion-edit');
      await page.fill('office-promotion-coupon', 'SPRING');
      await page.click('office-promotion-save');
      await page.until(async () => /Only with the coupon SPRING/.test(await page.bodyText()), 'the coupon in words');
      await of('Two for one', 'office-promotion-edit');
      await page.fill('office-promotion-coupon', '');
      await page.click('office-promotion-save');
      await page.until(async () => !/SPRING/.test(await page.bodyText()), 'no coupon again');
      await page.click('office-labels-save');
      await page.until(async () => /Saved/.test(await page.text('office-labels-done')), 'that the labels were saved');
    });
    await step('and the till has both: the key, and the promotion on the line', async () => {
      const [first] = (await office.products()).map(({ category }) => category);
      const cup = products.find((product) => product.category === first);
      await till.open();
      await till.unlock('Manager');
      await till.until(async () => {
        await blur();
        await keys('?');
        await panel(till, 'help');
        const known = await till.exists('help-key', { 'data-keys': 'Alt+K' });
        await closePanel(till);
        return known;
      }, 'the new key in the help', 60_000);
      await till.add(cup);
      await till.add(cup);
      await till.waitTotal(cup.price);
      assert.match(await till.text('cart-line'), /Two for one: −/);
      await blur();
      await keys(Key.F2);
      assert.equal(await till.shown('tender-confirm'), false, 'the old key does nothing more');
      await chord(Key.ALT, 'k');
      await till.wait('tender-confirm');
      await till.hand('exact');
      await till.confirm();
      assert.match(await till.text('receipt'), /Two for one/);
    });
  });
}
