// Cards, from the reader's report to the processor's word: readers stand in the page's `navigator.hid`, all else is real.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { asked, BROWSERS } from './harness/browsers.mjs';
import { swipe } from './harness/card-reports.mjs';
import { MAGTEK, Readers, report } from './harness/hid.mjs';
import { approve, choose, closePanel, join, noPanel, panel } from './harness/people.mjs';
import { search } from './harness/profile-files.mjs';
import { arrived, catalogue, stage } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { typed } from './harness/till.mjs';
import { until } from './harness/wait.mjs';

/** A till with a manager at it and a reader connected to it. */
async function withReader(t) {
  const scene = await stage(t, 'chromium', { proxy: true });
  const { server, browser, till } = scene;
  scene.proxy.wire = [];
  const readers = await Readers.install(browser);
  t.after(() => readers.close());
  await till.open();
  await till.enrol(server.ready.enrol_code);
  await till.firstPin('Manager', server.codeOf('Manager'));
  await till.openShift();
  await till.offlineReady();
  await till.drained();
  scene.office = await server.office();
  scene.products = (await catalogue(scene.office)).sort((a, b) => b.price - a.price);
  await connect(till, readers);
  return { ...scene, readers };
}

async function connect(till, readers, device = MAGTEK) {
  await readers.plug('reader', device);
  await readers.choose('reader');
  await choose(till, 'readers');
  await panel(till, 'readers');
  await till.click('reader-connect');
  await till.wait('reader-state', { 'data-state': 'ready' });
  await closePanel(till);
}

/** Charges the cart with `amount` on the card (all of it, if none is given; else the rest in cash), up to the card's being read. */
async function show(till, readers, { amount, card = swipe() } = {}) {
  await till.charge();
  if (amount !== undefined) await till.fill('cash-amount', typed((await till.owed()) - amount));
  await till.click('tender-card');
  await till.wait('card-waiting');
  await readers.deliver('reader', card.hex);
  return card;
}

/** What the acquirer noted of its payments. */
async function log(server) {
  const answer = await fetch(`${server.ready.acquirer}/log`);
  const body = await answer.json();
  return Array.isArray(body) ? body : Object.values(body).find(Array.isArray);
}

const skip = asked('chromium') ? false : 'BROWSERS leaves Chromium out';

test('[chromium] a card: swiped offline, paid, approved once the server is back, exactly once', { skip }, async (t) => {
  const step = story(t);
  const { server, browser, proxy, till, office, products, readers } = await withReader(t);
  const [dear] = products;
  const cards = [];
  let sale;
  await step('no network: the card pays, and the screen says that the bank has not been asked', async () => {
    await server.down();
    await till.waitNetwork('offline');
    await till.add(dear);
    cards.push(await show(till, readers));
    await till.wait('card-seen');
    assert.match(await till.text('card-seen'), /Visa ····4242/);
    assert.match(await till.text('not-authorised'), /[Nn]ot yet authorised/);
    sale = { ...(await till.confirm()), total: dear.price };
    assert.match(sale.text, /not yet authorised/i);
    assert.match(await till.text('card-exposure'), /1 card payment/);
  });
  await step('the X report has what is open', async () => {
    await choose(till, 'x-report');
    await panel(till, 'x-report');
    assert.match(await till.text('panel'), /not yet authorised/);
    await closePanel(till);
  });
  await step('it survives a restart of the browser', async () => {
    await till.newSale();
    await till.reload();
    await till.unlock('Manager');
    assert.match(await till.text('card-exposure'), /1 card payment/);
  });
  await step('the server is back: the acquirer opened and approved it, exactly once', async () => {
    await server.up();
    await arrived(office, [sale]);
    await till.until(async () => !(await till.shown('card-exposure')), 'nothing open at the bank', 60_000);
    const entries = (await log(server)).filter((one) => JSON.stringify(one).includes('4242'));
    assert.equal(entries.length, 1);
    assert.match(JSON.stringify(entries[0]), /approved/);
    const [listed] = (await office.sales()).filter((one) => one.id === sale.id);
    assert.equal(listed.tenders[0].kind, 'card');
    await until(async () => (await office.get('/v1/office/payments')).some((one) => one.state === 'approved'), 'approved in the office');
  });
  await step('an answer that is lost after the processor decided: asked again, charged once', async () => {
    await readers.plug('reader', { ...MAGTEK, granted: true });
    await till.add(dear);
    cards.push(await show(till, readers, { amount: 253 }));
    await till.wait('card-seen');
    await till.confirm();
    await till.until(async () => !(await till.shown('card-exposure')), 'decided', 90_000);
    const charged = (await log(server)).filter((one) => /253\b/.test(JSON.stringify(one)));
    assert.equal(charged.length, 1, JSON.stringify(charged));
    await till.newSale();
  });
  await step('nothing of the cards on the tablet, in the server, in a log, on the wire', async () => {
    await till.drained();
    const logs = server.process.lines;
    await browser.close();
    await server.down();
    const words = cards.flatMap(({ pan, tracks }) => [pan, ...tracks, tracks[0].slice(2, 14)]).flatMap((text) => {
      const bytes = Buffer.from(text);
      return [text, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
    });
    assert.deepEqual(search(browser.profile, words), []);
    assert.deepEqual(search(server.data, words).filter(({ file }) => !file.startsWith('acquirer/')), []);
    const said = Buffer.concat([Buffer.from(logs.join('\n')), ...proxy.wire]);
    assert.ok(said.length > 10_000 && logs.length > 0, 'there was something to look at');
    for (const word of words) {
      for (const encoding of ['utf8', 'utf16le']) assert.equal(said.includes(Buffer.from(word, encoding)), false, word);
    }
  });
});

test('[chromium] a card that the bank declines after the sale', { skip }, async (t) => {
  const step = story(t);
  const { till, office, products, readers } = await withReader(t);
  await step('the till says so, and what to do', async () => {
    await till.add(products[0]);
    await show(till, readers, { amount: 251 });
    await till.wait('card-seen');
    await till.confirm();
    await till.waitAlert('card-declined', 60_000);
    assert.match(await till.text('alert'), /declined.*Ask the customer/s);
  });
  await step('the office knows as well', async () => {
    await until(async () => JSON.stringify(await office.alerts()).includes('declined'), 'an alert in the office');
  });
  await step('until somebody says what was done', async () => {
    await till.click('alert-open');
    await panel(till, 'alert');
    await till.fill('alert-note', 'Paid in cash');
    await till.click('alert-answer');
    await noPanel(till);
    assert.equal(await till.shown('alert', { 'data-kind': 'card-declined' }), false);
    await till.drained();
    assert.match(JSON.stringify(await office.audit()), /Paid in cash/);
  });
});

test('[chromium] limits, approvals, and cards that nobody may take', { skip }, async (t) => {
  const step = story(t);
  const scene = await withReader(t);
  const { till, office, products, readers } = scene;
  const [dear] = products;
  await till.lock();
  await join(scene, 'Cashier');
  const many = Math.ceil(10_001 / dear.price);
  await step('above the limit a manager is asked, once, for this card', async () => {
    await till.add(dear);
    await till.setQty(dear.sku, many);
    await show(till, readers);
    await till.wait('card-concern');
    await till.click('tender-confirm');
    await approve(till, 'Manager');
    await till.wait('receipt');
    await till.drained();
    const said = JSON.stringify(await office.audit());
    assert.match(said, /Manager approved: Take Visa ····4242/);
    await till.newSale();
  });
  await step('an expired card is refused, and cash pays', async () => {
    await till.add(dear);
    await show(till, readers, { card: swipe({ pan: '4111111111111111', expiry: '2001' }) });
    await till.until(async () => /expired/.test(await till.error()), 'refused');
    await till.hand('exact');
    await till.confirm();
    await till.newSale();
  });
  await step('a chip card that is swiped needs somebody', async () => {
    await till.add(dear);
    await show(till, readers, { card: swipe({ pan: '5555555555554444', service: '201' }) });
    await till.wait('card-concern');
    assert.match(await till.text('card-concern'), /chip/);
    await till.click('card-cancel');
    await till.click('tender-back');
    await till.wait('charge');
  });
  await step('garbage by the thousand: a sentence, no crash, and the card is read after it', async () => {
    await till.charge();
    await till.click('tender-card');
    await till.wait('card-waiting');
    const noise = Array.from({ length: 1000 }, (_, i) => randomBytes([1, 60, 337, 512, 856, 887][i % 6]).toString('hex'));
    await readers.deliverAll('reader', noise);
    await till.until(async () => (await till.error()) !== '', 'a sentence');
    await readers.deliver('reader', swipe({ pan: '378282246310005' }).hex);
    await till.wait('card-seen');
    await till.click('card-cancel');
    await till.click('tender-back');
  });
  await step('a report that nobody asked for changes nothing', async () => {
    await readers.deliver('reader', report('magtek-hid-856')).catch(() => {});
    assert.equal(await till.shown('card-seen'), false);
    await till.wait('charge');
  });
});

test('[chromium] a reader that is not this till\'s', { skip }, async (t) => {
  const { till, office, products, readers } = await withReader(t);
  const cards = await office.object('/v1/office/cards');
  const pinned = [{ vendor: MAGTEK.vendorId, product: MAGTEK.productId, serial: 'B999999', name: 'Stall 1' }];
  const applied = async () => (await office.audit()).filter((row) => /took effect/.test(JSON.stringify(row))).length;
  const before = await applied();
  await office.send('PUT', '/v1/office/cards', { taken: true, rules: cards.rules, readers: pinned });
  await until(async () => (await applied()) > before, 'the new settings at the till', { ms: 90_000 });
  await readers.unplug('reader');
  await readers.plug('reader', { ...MAGTEK, granted: true });
  await till.waitAlert('wrong-reader', 30_000);
  await till.add(products[0]);
  await till.charge();
  await till.click('tender-card');
  await till.wait('card-waiting');
  await readers.deliver('reader', swipe().hex);
  await till.until(async () => /belong/.test(await till.error()), 'not taken');
  assert.equal(await till.shown('card-seen'), false);
});

for (const name of BROWSERS) {
  test(`[${name}] a terminal of its own, and several tenders for one sale`, async (t) => {
    const { server, till } = await stage(t, name);
    await till.open();
    await till.enrol(server.ready.enrol_code);
    await till.firstPin('Cashier', server.codeOf('Cashier'));
    await till.openShift();
    await till.drained();
    const office = await server.office();
    const [dear] = (await catalogue(office)).sort((a, b) => b.price - a.price);
    await till.add(dear);
    await till.charge();
    if (name === 'firefox') assert.match(await till.text('card-off'), /browser/, 'it says what this device can do instead');
    await till.fill('cash-amount', '1.00');
    await till.click('tender-external');
    await panel(till, 'external');
    await till.fill('external-reference', '4242424242424242');
    await till.click('external-confirm');
    await till.until(async () => /slip/.test(await till.text('panel-error')), 'a card\'s number is refused');
    await till.fill('external-reference', '004711');
    await till.click('external-confirm');
    await till.wait('receipt');
    const receipt = { ...(await till.receipt()), total: dear.price };
    await arrived(office, [receipt]);
    const [listed] = await office.sales();
    assert.deepEqual(listed.tenders.map((one) => [one.kind, one.amount_minor]), [['cash', 100], ['external', dear.price - 100]]);
    assert.equal(listed.tenders[1].reference, '004711');
  });
}
