// Scanners that are no keyboards: over WebHID with real reports, and the camera with the till's own decoder.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asked } from './harness/browsers.mjs';
import { Camera, ean13 } from './harness/camera.mjs';
import { Readers, SCANNER, scanned } from './harness/hid.mjs';
import { choose, closePanel, panel } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';

for (const name of ['chromium', 'firefox']) {
  test(`[${name}] scanners and pictures`, { skip: asked(name) ? false : `BROWSERS leaves ${name} out` }, async (t) => {
    const { till, browser, office, products } = await selling(t, name);
    const listed = await office.products();
    const plain = products.find((product) => product.barcodes.some((code) => code.length === 13));
    const [code] = plain.barcodes.filter((code) => code.length === 13);
    const other = products.find((product) => product.sku !== plain.sku && product.barcodes.some((code) => code.length === 13));
    const [otherCode] = other.barcodes.filter((code) => code.length === 13);
    const clearCart = async () => {
      while ((await till.lines()).length > 0) await till.removeLine((await till.lines())[0]);
    };

    if (name === 'chromium') {
      await t.test('a scanner in HID POS mode is connected once, and what it scans goes into the cart', async () => {
        const readers = await Readers.install(browser);
        t.after(() => readers.close());
        await till.open();
        await till.unlock();
        await readers.plug('scanner', SCANNER);
        await readers.choose('scanner');
        await choose(till, 'scanners');
        await panel(till, 'scanners');
        await till.wait('scanner-state', { 'data-state': 'none' });
        await till.click('scanner-connect');
        await till.wait('scanner-state', { 'data-state': 'ready' });
        assert.match(await till.text('scanner-state'), /Symbol Bar Code Scanner/);
        await closePanel(till);

        const scan = async (text, aim) => {
          for (const report of scanned(text, aim)) await readers.deliver('scanner', report, 2);
        };
        await readers.deliver('scanner', '01', 5);
        await scan(code);
        await till.waitTotal(plain.price);
        // A SKU as Code 128, and a GS1 Digital Link that takes several reports.
        await scan(plain.sku, ']C0');
        await till.waitTotal(2 * plain.price);
        await scan(`https://shop.example/01/${code.padStart(14, '0')}?${'x'.repeat(90)}`, ']Q1');
        await till.waitTotal(3 * plain.price);
        await scan('ABC-UNKNOWN');
        await panel(till, 'unknown-code');
        assert.equal(await till.text('unknown-code'), 'ABC-UNKNOWN', 'without its symbology');
        await closePanel(till);

        await readers.unplug('scanner');
        await choose(till, 'scanners');
        await till.wait('scanner-state', { 'data-state': 'none' });
        await readers.plug('scanner', SCANNER);
        await till.wait('scanner-state', { 'data-state': 'ready' });
        await closePanel(till);
        await scan(code);
        await till.waitTotal(4 * plain.price);

        // What is scanned while the till is locked is sold to nobody.
        await till.lock();
        await scan(code);
        await till.unlock();
        await till.waitTotal(4 * plain.price);
        await scan(otherCode);
        await till.waitTotal(4 * plain.price + other.price);
        await clearCart();
      });
    } else {
      await t.test('a browser that reaches no scanner says so', async () => {
        await choose(till, 'scanners');
        await till.wait('scanner-state', { 'data-state': 'impossible' });
        await closePanel(till);
      });
    }

    const camera = await Camera.install(browser.driver);
    const off = () => till.until(async () => !(await camera.isOn()), 'the camera is off');

    await t.test('the camera reads what is held into its picture, once, and goes on', async () => {
      await till.click('camera-scan');
      await till.wait('viewfinder', { 'data-state': 'looking' });
      await camera.show(ean13(code));
      await till.wait('viewfinder-code', { 'data-count': '1' });
      assert.equal(await till.text('viewfinder-code'), code);
      await till.waitTotal(plain.price);
      await camera.show(ean13(otherCode));
      await till.wait('viewfinder-code', { 'data-count': '2' });
      await till.waitTotal(plain.price + other.price);
      assert.equal(await camera.isOn(), true, 'it stays for several');
      await till.click('viewfinder-close');
      await off();
      assert.equal(await till.total(), plain.price + other.price);
    });

    await t.test('it goes off with the screen', async () => {
      await camera.show();
      await till.click('camera-scan');
      await till.wait('viewfinder', { 'data-state': 'looking' });
      await till.charge();
      await off();
      await till.click('tender-back');
      await till.click('camera-scan');
      await till.wait('viewfinder', { 'data-state': 'looking' });
      await browser.driver.executeScript(`
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        delete document.hidden;`);
      await off();
      await till.click('camera-scan');
      await till.wait('viewfinder', { 'data-state': 'looking' });
      await till.lock();
      await off();
      await till.unlock();
      await clearCart();
    });

    await t.test('a camera that is refused or not there is one clear sentence', async () => {
      for (const [why, sentence] of [['NotAllowedError', /does not let Barrow use the camera/], ['NotFoundError', /has no camera/]]) {
        await camera.refuse(why);
        await till.click('camera-scan');
        await till.wait('viewfinder-error');
        assert.match(await till.text('viewfinder-error'), sentence);
        await till.click('viewfinder-close');
      }
    });
  });
}
