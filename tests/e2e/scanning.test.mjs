// Scanners that are no keyboards: over WebHID with real reports, and the camera with the till's own decoder. And products' pictures, from the
// office to the till, where they stay without a network.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { By } from 'selenium-webdriver';

import { asked, Browser } from './harness/browsers.mjs';
import { Camera, ean13 } from './harness/camera.mjs';
import { Readers, SCANNER, scanned } from './harness/hid.mjs';
import { choose, closePanel, panel } from './harness/people.mjs';
import { discard, scratch } from './harness/processes.mjs';
import { filesBelow } from './harness/profile-files.mjs';
import { selling } from './harness/scene.mjs';
import { Till } from './harness/till.mjs';

for (const name of ['chromium', 'firefox']) {
  test(`[${name}] scanners and pictures`, { skip: asked(name) ? false : `BROWSERS leaves ${name} out` }, async (t) => {
    const { server, till, browser, office, products } = await selling(t, name);
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
      assert.equal(await till.text('viewfinder-code'), plain.name, 'what it is');
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

    const photographed = products.find((product) => listed.find(({ sku }) => sku === product.sku).picture === null && !product.name.includes(','));
    /** Runs in the page: how wide the picture on the tile of a product really is; 0 without one. */
    const pictureOn = (place) => browser.driver.executeScript(
      `return document.querySelector('[data-testid="' + arguments[0] + '"][data-sku="' + arguments[1] + '"] [data-testid="product-picture"]')?.naturalWidth ?? 0`,
      place, photographed.sku);
    const askNow = () => browser.driver.executeScript("window.dispatchEvent(new Event('online'))");
    let picture;

    await t.test('a picture that the office gives a product is on its tile and in the cart', async () => {
      const owner = await Browser.open(t, name);
      const page = new Till(owner, server.url);
      const folder = scratch('photograph');
      t.after(() => discard(folder));
      const file = join(folder, 'photograph.bmp');
      writeFileSync(file, bitmap(640, 480));
      await owner.driver.get(`${server.url}/office/`);
      await page.fill('office-login', server.first.owner.login);
      await page.fill('office-password', server.first.owner.password);
      await page.click('office-submit');
      await page.click('office-nav-products');
      await page.fill('office-product-search', photographed.sku);
      await page.wait('office-product', { 'data-sku': photographed.sku });
      await owner.driver.findElement(By.css(`[data-sku="${photographed.sku}"] [data-testid="office-picture-file"]`)).sendKeys(file);
      await page.wait('office-picture');
      await owner.close();
      const { picture: hash } = (await office.products()).find(({ sku }) => sku === photographed.sku);
      const answer = await fetch(`${office.base}/v1/office/pictures/${hash}`, { headers: { cookie: office.cookie } });
      picture = Buffer.from(await answer.arrayBuffer());
      assert.ok(picture.length > 200 && picture.length <= 12 * 1024, `${picture.length} bytes`);

      await askNow();
      await till.fill('search', photographed.sku);
      await till.until(async () => (await pictureOn('product-tile')) === 160, 'the picture on the tile', 60_000);
      await till.click('product-tile', { 'data-sku': photographed.sku });
      await till.until(async () => (await pictureOn('cart-line')) === 160, 'the picture in the cart');
      await clearCart();
    });

    await t.test('it is there without a network after a reload, goes with the lock, and is not on the disk in clear', async () => {
      await till.drained();
      await server.down();
      await till.open();
      await till.unlock();
      await till.fill('search', photographed.sku);
      await till.until(async () => (await pictureOn('product-tile')) === 160, 'the picture on the tile');
      const opens = (url) => browser.driver.executeAsyncScript(
        `const [url, done] = arguments; const image = new Image(); image.onload = () => done(true); image.onerror = () => done(false); image.src = url;`, url);
      const [url] = await till.attributes('product-picture', 'src');
      assert.equal(await opens(url), true);
      await till.lock();
      // Firefox answers from its cache of decoded pictures, for as long as the page is open.
      if (name === 'chromium') await till.until(async () => !(await opens(url)), 'its address is let go');
      await browser.close();
      // Its middle: the beginning of a file says only what kind it is.
      const needle = picture.subarray(picture.length >> 1, (picture.length >> 1) + 32);
      const inClear = filesBelow(browser.profile).filter((path) => readFileSync(path).includes(needle));
      assert.deepEqual(inClear, []);
    });

    await t.test('it goes when the product has none any more', async () => {
      await server.up();
      await browser.launch();
      await till.open();
      await till.unlock();
      await till.waitNetwork('online');
      await office.send('PUT', '/v1/office/products/picture', { sku: photographed.sku, picture: null });
      await askNow();
      await till.fill('search', photographed.sku);
      await till.wait('product-tile', { 'data-sku': photographed.sku });
      await till.until(async () => (await pictureOn('product-tile')) === 0, 'no picture', 60_000);
    });
  });
}

/** A photograph as a BMP file: a slope of colours with a grain that compresses badly. */
function bitmap(width, height) {
  const row = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + row * height);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const grain = (Math.imul(x * 7919 + y * 104729, 2654435761) >>> 27) & 31;
      bytes.set([(x * 200) / width + grain, (y * 200) / height + grain, 90 + grain], 54 + y * row + x * 3);
    }
  }
  return bytes;
}
