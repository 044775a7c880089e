// The beginnings that most tests share: a server, a browser, a till that sells.
import assert from 'node:assert/strict';

import { Browser } from './browsers.mjs';
import { Proxy } from './proxy.mjs';
import { needTill } from './paths.mjs';
import { Server } from './server.mjs';
import { PINS, Till } from './till.mjs';
import { until } from './wait.mjs';

/** A server and a browser that has not opened anything yet. With `proxy`, the browser reaches the server only through it. */
export async function stage(t, name, { proxy = false, dist, serverArgs, ...options } = {}) {
  needTill();
  const server = await Server.start(t, { dist, args: serverArgs });
  const between = proxy ? await Proxy.start(t, server) : undefined;
  const browser = await Browser.open(t, name, options);
  const till = new Till(browser, (between ?? server).url);
  return { server, proxy: between, browser, till };
}

/** As `stage`, with the till enrolled, a person signed in, a shift open, and everything sent. */
export async function selling(t, name, { staff = 'Cashier', ...options } = {}) {
  const scene = await stage(t, name, options);
  const { server, till } = scene;
  await till.open();
  await till.enrol(server.ready.enrol_code);
  await till.firstPin(staff, server.codeOf(staff));
  await till.openShift();
  await till.offlineReady();
  await till.drained();
  scene.office = await server.office();
  scene.products = await catalogue(scene.office);
  return scene;
}

/** Products that are sold by the piece, as `{sku, name, price, category, barcodes, words}`; `name` is as tiles show it. */
export async function catalogue(office) {
  const listed = await office.products();
  return listed
    .filter((product) => product.price_minor > 0 && !product.price_embedded)
    .map(({ sku, name, variant, price_minor: price, category, barcodes = [] }) => ({
      sku, price, category, barcodes, name: variant ? `${name}, ${variant}` : name, words: [name, variant].filter(Boolean),
    }));
}

/** What the office lists for each receipt: exactly one sale, to the cent. Gives an array of what is wrong. */
export function compare(receipts, listed) {
  const wrong = [];
  for (const { id, total } of receipts) {
    const found = listed.filter((sale) => sale.id === id);
    if (found.length !== 1) wrong.push(`${id}: listed ${found.length} times`);
    else if (found[0].total_minor !== total) wrong.push(`${id}: ${found[0].total_minor} instead of ${total}`);
  }
  const ids = listed.map((sale) => sale.id);
  for (const id of new Set(ids)) {
    if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`${id}: listed twice`);
  }
  return wrong;
}

/** Waits until the office lists all of `receipts`; then it lists each once, to the cent, and nothing else. */
export async function arrived(office, receipts, ms = 100_000) {
  await until(
    async () => {
      const wrong = compare(receipts, await office.sales());
      if (wrong.length > 0) throw new Error(wrong.join('; '));
      return true;
    },
    'every receipt once in the office', { ms, every: 200 });
  assert.equal((await office.sales()).length, receipts.length, 'no sale but those that were shown as paid');
}

/** Signs in on a locked till, with a new one-time code where the person's PIN was lost with the tablet's data. */
export async function signIn({ server, till }, staff = 'Cashier') {
  if (!(await till.shown('staff-option'))) return;
  await till.choose(staff);
  if (await till.shown('first-pin-code')) {
    await till.fill('first-pin-code', await server.newCode(staff));
    await till.fill('pin-repeat', PINS[staff]);
  }
  await till.typePin(PINS[staff]);
  await till.desk();
}

/** A tablet that lost its keys becomes the till `id` again, with the cashier signed in. */
export async function enrolAgain({ server, till }, id) {
  const fresh = await server.enrolCode({ till: id });
  await till.enrol(fresh.enrol_code);
  await till.firstPin('Cashier', fresh.staff.find((one) => one.name === 'Cashier').first_pin_code);
}

/** Opens a shift if none is open. */
export async function haveShift(till) {
  if (await till.shown('float-amount')) await till.openShift();
}
