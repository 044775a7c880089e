// Receipts on paper and by e-mail: a receipt printer, the system's printing, the drawer, copies, and a mail after an offline sale.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { MailSink } from './harness/mail.mjs';
import { choose, closePanel, noPanel, panel } from './harness/people.mjs';
import { Printer } from './harness/printer.mjs';
import { catalogue, selling, stage } from './harness/scene.mjs';
import { story } from './harness/story.mjs';

const money = (minor) => `€${(minor / 100).toFixed(2)}`;

/** Until the printer's panel shows that something is set. */
async function set(till, id, value) {
  await till.click(id, { 'data-value': value });
  await till.wait(id, { 'data-value': value, 'aria-pressed': 'true' });
}

/** The sheet that was given to the system's printing, by a stand-in for its dialog. */
async function sheet(till, text) {
  await till.until(() => till.driver.executeScript(`
    const sheet = document.querySelector('[data-testid="sheet"]');
    return window.printed > 0 && sheet?.textContent.includes(arguments[0]);`, text), `"${text}" given to the system to print`);
  return till.driver.executeScript(`
    window.printed = 0;
    const sheet = document.querySelector('[data-testid="sheet"]');
    return { width: sheet.dataset.width, text: sheet.textContent };`);
}

for (const name of BROWSERS) {
  test(`[${name}] printed by the system, copied, and sent by e-mail after an offline sale`, async (t) => {
    const step = story(t);
    const sink = await MailSink.start(t);
    const scene = await selling(t, name, {
      staff: 'Manager', proxy: true, serverArgs: ['--smtp', sink.url, '--mail-from', 'Demo <shop@example.com>'],
    });
    const { till, office, products, proxy } = scene;
    await till.driver.executeScript('window.printed = 0; window.print = () => { window.printed += 1; };');
    let sale;

    await step('the panel says what this browser can do', async () => {
      await choose(till, 'printer');
      await panel(till, 'printer');
      if (name === 'firefox') assert.match(await till.text('printer-hint'), /no receipt printer itself|dialog opens/);
      assert.equal(await till.shown('printer-drawer'), false, 'the system opens no drawer');
      await set(till, 'printer-width', '58');
      await till.click('printer-test');
      const page = await sheet(till, 'Test print');
      assert.equal(page.width, '58');
      if (name === 'chromium') {
        const printer = await Printer.install(scene.browser);
        assert.equal(await printer.pageWidth(), 58);
        printer.close();
      }
      await set(till, 'printer-width', '80');
      await closePanel(till);
    });
    await step('offline: a receipt, then copies of it, each by its number', async () => {
      proxy.use('refuse');
      sale = await till.sell([[products[0], 2]]);
      await till.click('receipt-print');
      const page = await sheet(till, `Sale ${sale.id}`);
      assert.equal(page.width, '80');
      assert.doesNotMatch(page.text, /COPY/);
      assert.ok(page.text.includes(money(sale.total)), page.text);
      await till.click('receipt-print');
      await sheet(till, 'COPY 1');
      await till.click('orders');
      await till.wait('order', { 'data-sale': sale.id });
      await till.click('receipt-print');
      await sheet(till, 'COPY 2');
      await till.click('orders-close');
      await till.wait('search');
    });
    await step('and the wish for a mail, which waits', async () => {
      await till.click('orders');
      await till.click('order-row', { 'data-sale': sale.id });
      await till.click('receipt-mail');
      await panel(till, 'mail');
      await till.fill('mail-address', 'nobody');
      await till.click('mail-send');
      await till.until(async () => /e-mail address such as/.test(await till.text('panel')), 'a sentence that says why');
      await till.fill('mail-address', 'anna@example.org');
      await till.click('mail-send');
      await noPanel(till);
      await till.wait('receipt-mailed');
      assert.equal(sink.mails.length, 0);
    });
    await step('online again, it arrives once, and the office has forgotten the address', async () => {
      proxy.use('pass');
      await till.drained();
      await till.until(async () => sink.mails.length > 0, 'the mail');
      await till.until(async () => (await office.get('/v1/office/mails'))[0].state === 'sent', 'the office knows');
      const [mail] = sink.mails;
      assert.equal(mail.to, 'anna@example.org');
      assert.ok(mail.text.includes(`Sale ${sale.id}`) && mail.text.includes((sale.total / 100).toFixed(2)), mail.text);
      assert.equal((await office.get('/v1/office/mails'))[0].address, null);
      assert.equal(sink.mails.length, 1);
      const trail = JSON.stringify(await office.audit());
      assert.ok(trail.includes(`Printed copy 2 of the receipt of sale ${sale.id}`));
      assert.ok(trail.includes(`Asked for the receipt of sale ${sale.id} by e-mail`));
      assert.ok(!trail.includes('anna@'));
      assert.deepEqual(await office.alerts(), []);
    });
  });
}

if (BROWSERS.includes('chromium')) {
  test('[chromium] a receipt printer by USB, by a serial port, by Bluetooth: receipts, the drawer, and what happens without paper', async (t) => {
    const step = story(t);
    const { server, browser, till } = await stage(t, 'chromium');
    const printer = await Printer.install(browser);
    t.after(() => printer.close());
    await till.open();
    await till.enrol(server.ready.enrol_code);
    await till.firstPin('Manager', server.codeOf('Manager'));
    await till.openShift();
    await till.drained();
    const office = await server.office();
    const products = await catalogue(office);

    await step('it is connected, and set to print and to open the drawer', async () => {
      await choose(till, 'printer');
      await panel(till, 'printer');
      await set(till, 'printer-link', 'usb');
      await till.click('printer-connect');
      await till.wait('printer-state', { 'data-state': 'connected' });
      assert.match(await till.text('printer-state'), /TM-T20III/);
      await set(till, 'printer-width', '58');
      await till.click('printer-auto');
      await till.click('printer-drawer');
      await till.click('printer-test');
      const paper = await printer.paper('€ äöüß é');
      assert.ok(paper.lines.every((line) => line.length <= 32));
      await closePanel(till);
    });
    await step('a cash sale opens the drawer and prints by itself', async () => {
      const sale = await till.sell([[products[0], 3]]);
      const paper = await printer.paper(`Sale ${sale.id}`);
      assert.deepEqual([paper.kicks, paper.cuts], [1, 1]);
      const total = paper.lines.find((line) => line.startsWith('Total'));
      assert.ok(total.endsWith(money(sale.total)), total);
      assert.ok(paper.lines.some((line) => line.startsWith('Journal ')));
      await till.click('receipt-print');
      const copy = await printer.paper(`Sale ${sale.id}`);
      assert.deepEqual(copy.lines.filter((line) => line === 'COPY 1').length, 2, 'at its head and at its foot');
      const same = (lines) => lines.filter((line) => line !== 'COPY 1');
      assert.deepEqual(same(copy.lines), same(paper.lines), 'the same receipt');
      assert.equal(copy.kicks, 0);
      await till.newSale();
    });
    await step('so do cash in and no-sale', async () => {
      await choose(till, 'no-sale');
      await till.fill('no-sale-reason', 'Change');
      await till.click('no-sale-apply');
      await noPanel(till);
      await choose(till, 'x-report');
      await panel(till, 'x-report');
      await till.click('report-print');
      assert.equal((await printer.paper('X report')).kicks, 1);
      await closePanel(till);
    });
    await step('without paper, the till sells on and says what to do', async () => {
      await printer.jam(true);
      const sale = await till.sell([[products[1], 1]]);
      await till.wait('print-trouble');
      assert.match(await till.text('print-trouble'), /paper, cover and cable/);
      await till.newSale();
      await till.add(products[0]);
      await printer.jam(false);
      await till.click('print-again');
      const paper = await printer.paper(`Sale ${sale.id}`);
      assert.ok(!paper.lines.some((line) => line.startsWith('COPY')), 'it is the receipt, and no copy');
      await till.until(async () => !(await till.shown('print-trouble')), 'no trouble any more');
      await till.removeLine(products[0].sku);
    });
    await step('what was set is remembered over a reload, and the printer found again', async () => {
      await till.reload();
      await till.unlock('Manager');
      await choose(till, 'printer');
      await till.wait('printer-state', { 'data-state': 'connected' });
      await till.wait('printer-width', { 'data-value': '58', 'aria-pressed': 'true' });
      await set(till, 'printer-link', 'serial');
      await till.click('printer-connect');
      await till.wait('printer-state', { 'data-state': 'connected' });
      await set(till, 'printer-width', '80');
      await closePanel(till);
      const sale = await till.sell([[products[2], 1]]);
      const paper = await printer.paper(`Sale ${sale.id}`);
      assert.equal(Math.max(...paper.lines.map((line) => line.length)), 48);
      await till.newSale();
    });
    await step('by Bluetooth, piece by piece, also after it was out of reach', async () => {
      await choose(till, 'printer');
      await set(till, 'printer-link', 'bluetooth');
      await till.click('printer-connect');
      await till.wait('printer-state', { 'data-state': 'connected' });
      assert.match(await till.text('printer-state'), /MPT-III/);
      await closePanel(till);
      const sale = await till.sell([[products[0], 2]]);
      assert.deepEqual([(await printer.paper(`Sale ${sale.id}`)).kicks], [1]);
      await printer.jam(true);
      const far = await till.sell([[products[1], 1]]);
      await till.wait('print-trouble');
      await printer.jam(false);
      await till.click('print-again');
      const paper = await printer.paper(`Sale ${far.id}`);
      assert.ok(!paper.lines.some((line) => line.startsWith('COPY')));
      await till.newSale();
      await till.drained();
      const trail = JSON.stringify(await office.audit());
      assert.equal(trail.match(/Printed copy/g).length, 1);
    });
  });
}
