// Kills the whole browser at random moments between the tap on "take the payment" and the receipt, starts it again on the
// same profile, and compares what was shown as paid with what the till, and in the end the server, hold.
//
// `KILLS` (default 20) says how often, `SEED` brings a run's choices back; both are printed. The kill's moment relative to the
// browser's own work is the machine's, so a seed brings back the plan, not the run.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from '../e2e/harness/browsers.mjs';
import { DAMAGES, damage, databases, remove } from '../e2e/harness/profile-files.mjs';
import { seeded } from '../e2e/harness/random.mjs';
import { compare, enrolAgain, haveShift, selling, signIn } from '../e2e/harness/scene.mjs';
import { killAll } from '../e2e/harness/processes.mjs';
import { pause } from '../e2e/harness/wait.mjs';

const KILLS = Number(process.env.KILLS ?? 20);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const TIMES = { chromium: KILLS, firefox: Math.ceil(KILLS / 6) };

for (const name of BROWSERS) {
  const times = TIMES[name];

  test(`[${name}] row 1: ${times} kills between tap and receipt (SEED=${SEED})`, async (t) => {
    const bench = await Bench.set(t, name, SEED);
    for (let i = 0; i < times; i += 1) {
      const online = bench.random.unit() < 0.25;
      bench.proxy.use(online ? 'pass' : 'refuse');
      const attempt = await bench.killAfterTap(bench.random.between(0, 2), bench.random.between(0, 300));
      await bench.browser.launch();
      await bench.till.open();
      assert.deepEqual(bench.missing(await bench.till.unsent(), online), [], 'unsent on the locked till');
      await signIn(bench);
      const open = [await bench.till.lines(), await bench.till.shown('tender-confirm')];
      const arrived = await bench.settle(attempt);
      if (arrived) assert.deepEqual(open, [[], false], 'what was sold does not come back as an open order');
    }
    t.diagnostic(bench.summary());
  });

  const spoiled = Math.max(2, Math.ceil(times / 4));
  test(`[${name}] rows 2, 26: ${spoiled} kills, then the database is damaged (SEED=${SEED})`, async (t) => {
    const bench = await Bench.set(t, name, SEED + 1);
    t.after(() => t.diagnostic(bench.log.join('; ')));
    for (let i = 0; i < spoiled; i += 1) {
      bench.proxy.use('refuse');
      const attempt = await bench.killAfterTap(bench.random.between(1, 3), bench.random.between(0, 300));
      const { journal } = databases(bench.browser, bench.till.url);
      bench.log.push(damage(journal, DAMAGES[(SEED + i) % DAMAGES.length]));
      await bench.browser.launch();
      await bench.till.open();
      assert.deepEqual(bench.missing(await bench.till.unsent(), false), [], 'unsent after the recovery');
      bench.proxy.use('pass');
      await signIn(bench);
      await bench.settle(attempt);
    }
    t.diagnostic(bench.summary());
  });

  test(`[${name}] row 33: a kill, then database and keys are gone (SEED=${SEED})`, async (t) => {
    const bench = await Bench.set(t, name, SEED + 2);
    bench.proxy.use('refuse');
    const attempt = await bench.killAfterTap(2, bench.random.between(0, 300));
    const { journal, keys } = databases(bench.browser, bench.till.url);
    remove([...journal, ...keys]);
    await bench.browser.launch();
    await bench.till.open();
    await bench.till.wait('enrol-code');
    bench.proxy.use('pass');
    await enrolAgain(bench, 1);
    await bench.settle(attempt);
    t.diagnostic(bench.summary());
  });
}

/** A till under test, with what it promised so far. */
class Bench {
  static async set(t, name, seed) {
    const flags = ['--js-flags=--expose-gc'];
    const bench = Object.assign(new Bench(), await selling(t, name, { proxy: true, flags }));
    bench.random = seeded(seed);
    // The cheapest product: each attempt is known by its quantity, so by its total.
    bench.product = bench.products.reduce((a, b) => (b.price < a.price ? b : a));
    bench.promised = [];
    bench.unsettled = [];
    bench.qty = 1;
    bench.kills = { shown: 0, silent: 0, nothing: 0 };
    bench.log = [];
    return bench;
  }

  /** Makes `before` whole sales, taps for another, and kills everything `delay` ms later. */
  async killAfterTap(before, delay) {
    const { till, browser, product, proxy } = this;
    await haveShift(till);
    // What was not written is on its way to being paid still.
    if (await till.shown('tender-back')) await till.click('tender-back');
    if (await till.shown('new-sale')) await till.newSale();
    for (const sku of await till.lines()) await till.removeLine(sku);
    for (let i = 0; i < before; i += 1) {
      const sells = () => till.sell([[product, this.qty]]);
      this.qty += 1;
      this.#promise(await (browser.name === 'chromium' ? this.#opensNothing(sells) : sells()));
    }
    if (await till.shown('new-sale')) await till.newSale();
    this.qty += 1;
    const total = this.qty * product.price;
    await till.add(product);
    await till.setQty(product.sku, this.qty);
    await till.waitTotal(total);
    await till.charge();
    await till.hand('exact');
    proxy.marks.length = 0;
    const pids = browser.pids();
    const tap = browser.driver.executeScript(`
      new MutationObserver(() => {
        const sale = document.querySelector('[data-testid="receipt"]')?.dataset.sale;
        if (sale) fetch('/healthz?mark=' + sale).catch(() => {});
      }).observe(document.body, { childList: true, subtree: true, attributes: true });
      document.querySelector('[data-testid="tender-confirm"]').click();`).catch(() => {});
    await pause(delay);
    killAll(pids);
    await browser.kill(pids);
    await tap;
    const shown = proxy.marks[0];
    this.log.push(`${before}+${delay} ms: ${shown ?? 'not shown'}`);
    if (shown) this.#promise({ id: shown, total });
    return { total, shown };
  }

  /**
   * Does `act` after the garbage was collected. What nobody holds is gone sooner or later: Chromium let writes to a bucket wait for
   * ever once its object was, and the till opened the database anew after a while.
   */
  async #opensNothing(act) {
    await this.browser.driver.executeScript(`
      const { open } = IDBFactory.prototype;
      globalThis.opened = 0;
      IDBFactory.prototype.open = function (...asked) { globalThis.opened += 1; return open.apply(this, asked); };
      globalThis.gc();`);
    const done = await act();
    assert.equal(await this.browser.driver.executeScript('return globalThis.opened'), 0, 'nothing is opened anew for a sale');
    return done;
  }

  #promise({ id, total }) {
    this.promised.push({ id, total });
    this.unsettled.push({ id, total });
  }

  /** Sales that were shown as paid since the last settling and cannot all be among `unsent` entries. */
  missing(unsent, online) {
    return online || unsent >= this.unsettled.length ? [] : [`${unsent} unsent, but ${this.unsettled.length} were shown as paid`];
  }

  /** Lets everything reach the server and compares. Says whether the attempt arrived. */
  async settle({ total, shown }) {
    this.proxy.use('pass');
    await this.till.drained();
    const listed = await this.office.sales();
    const story = this.log.slice(-4).join('; ');
    assert.deepEqual(compare(this.promised, listed), [], story);
    const arrived = listed.filter((sale) => sale.total_minor === total);
    assert.ok(arrived.length <= 1, `the attempt arrived ${arrived.length} times: ${story}`);
    if (!shown && arrived.length === 1) this.promised.push({ id: arrived[0].id, total });
    this.kills[shown ? 'shown' : arrived.length === 1 ? 'silent' : 'nothing'] += 1;
    assert.equal(listed.length, this.promised.length, `no sale from nowhere: ${story}`);
    const alarms = (await this.office.alerts()).filter((alert) => /fork|clone|gap|signature|seal/i.test(alert.kind));
    assert.deepEqual(alarms, [], story);
    this.unsettled = [];
    return arrived.length === 1;
  }

  summary() {
    const { shown, silent, nothing } = this.kills;
    return `${this.promised.length} sales, ${shown + silent + nothing} kills: ${shown} after the receipt was shown, ${silent} written but not shown yet, ${nothing} not written`;
  }
}
