// The till's page as a person meets it: everything goes through what is on screen, by the ids of surface.md.
import { By, Key } from 'selenium-webdriver';

import { until } from './wait.mjs';

/** PINs that the tests choose: as long as they may be, since six digits in a row stand in many a time stamp of a browser's files. */
export const PINS = { Cashier: '274951830627', Supervisor: '830264917350', Manager: '619375048261' };

const css = (id, attributes = {}) =>
  `[data-testid="${id}"]${Object.entries(attributes).map(([name, value]) => `[${name}="${CSS_escape(value)}"]`).join('')}`;
const CSS_escape = (text) => String(text).replace(/["\\]/g, '\\$&');

/** Runs in the page: the elements that a person could see. */
const SHOWN = `const shown = [...document.querySelectorAll(arguments[0])].filter((e) =>
  e.checkVisibility({ visibilityProperty: true, opacityProperty: true }));`;

/** An amount in minor units as a person types it. */
export const typed = (minor) => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

export class Till {
  constructor(browser, url) {
    this.browser = browser;
    this.url = url;
  }

  get driver() {
    return this.browser.driver;
  }

  // — Looking —

  /** What stands on screen, for the message of a failure. */
  async describe() {
    return this.driver.executeScript(`
      const ids = [...new Set([...document.querySelectorAll('[data-testid]')].filter((e) => e.checkVisibility()).map((e) => e.dataset.testid))];
      return location.href + ' ready=' + document.documentElement.dataset.ready + '\\n  ids: ' + ids.join(' ')
        + '\\n  text: ' + document.body?.innerText.replace(/\\s+/g, ' ').slice(0, 600);`);
  }

  until(question, what, ms) {
    return until(question, what, { ms, context: () => this.describe() });
  }

  async shown(id, attributes) {
    return this.driver.executeScript(`${SHOWN} return shown.length > 0`, css(id, attributes));
  }

  async exists(id, attributes) {
    return this.driver.executeScript('return document.querySelector(arguments[0]) !== null', css(id, attributes));
  }

  async wait(id, attributes, ms) {
    await this.until(() => this.shown(id, attributes), `${id} ${attributes ? JSON.stringify(attributes) : ''}`, ms);
  }

  /** Waits until one of these is on screen, and says which. */
  async waitAny(ids, ms) {
    return this.until(async () => {
      for (const id of ids) if (await this.shown(id)) return id;
      return undefined;
    }, ids.join(' or '), ms);
  }

  async text(id, attributes) {
    return this.driver.executeScript(`${SHOWN} return shown.map((e) => e.innerText).join('\\n')`, css(id, attributes));
  }

  /** An attribute of every such element, on screen or not. */
  async attributes(id, name) {
    return this.driver.executeScript(
      'return [...document.querySelectorAll(arguments[0])].map((e) => e.getAttribute(arguments[1]))', css(id), name);
  }

  async minor(id) {
    const [value] = await this.attributes(id, 'data-minor');
    return value === undefined || value === null ? undefined : Number(value);
  }

  async bodyText() {
    return this.driver.executeScript('return document.body ? document.body.innerText : ""');
  }

  // — Touching —

  async #find(selector) {
    const element = await this.driver.executeScript(`${SHOWN} return shown[0] ?? null`, selector);
    if (!element) throw new Error('not on screen');
    return element;
  }

  /** Marks all that an input holds, so that typing replaces it. */
  async #select(input) {
    await this.driver.executeScript('arguments[0].focus(); arguments[0].select();', input);
  }

  async click(id, attributes, ms = 15_000) {
    await this.until(async () => {
      const element = await this.#find(css(id, attributes));
      if (!(await element.isEnabled())) throw new Error('disabled');
      await element.click();
      return true;
    }, `a click on ${id} ${attributes ? JSON.stringify(attributes) : ''}`, ms);
  }

  async fill(id, text, { enter = false, ms = 15_000 } = {}) {
    await this.until(async () => {
      const element = await this.#find(css(id));
      if (!(await element.isEnabled())) throw new Error('disabled');
      await this.#select(element);
      await element.sendKeys(text === '' ? Key.BACK_SPACE : text);
      if ((await element.getAttribute('value')) !== text) throw new Error(`it holds "${await element.getAttribute('value')}"`);
      if (enter) await element.sendKeys(Key.ENTER);
      return true;
    }, `"${text}" typed into ${id}`, ms);
  }

  // — Opening —

  async open() {
    await this.driver.get(`${this.url}/`);
    await this.ready();
  }

  /** As the browser's reload button does. (Firefox's WebDriver reloads past the service worker, which no button does.) */
  async reload() {
    await this.driver.executeScript('window.beforeReload = true; location.reload();');
    await this.until(
      () => this.driver.executeScript('return window.beforeReload === undefined && document.readyState === "complete"'), 'a new page');
    await this.ready();
  }

  async ready(ms = 30_000) {
    await this.until(
      () => this.driver.executeScript('return document.documentElement.dataset.ready === "true"'), 'data-ready', ms);
  }

  /** Until everything is there that the page needs without a network. */
  async offlineReady() {
    await this.until(() => this.driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      navigator.serviceWorker.getRegistration().then((r) => done(r?.active?.state === 'activated' && !r.installing), () => done(false));`),
    'an activated service worker, and none on its way', 30_000);
  }

  /** Starts the browser again on the same profile and opens the till. */
  async restartBrowser() {
    await this.browser.restart();
    await this.open();
  }

  // — Enrolment and signing in —

  async enrol(code) {
    await this.fill('enrol-code', code);
    await this.click('enrol-submit');
    await this.wait('staff-option', undefined, 20_000);
  }

  async choose(staff) {
    await this.click('staff-option', { 'data-staff': staff });
    await this.wait('pin-input');
  }

  async firstPin(staff, code, pin = PINS[staff]) {
    await this.choose(staff);
    await this.fill('first-pin-code', code);
    await this.fill('pin-input', pin);
    await this.fill('pin-repeat', pin);
    await this.click('unlock');
    await this.desk();
  }

  async typePin(pin) {
    await this.fill('pin-input', pin);
    await this.click('unlock');
  }

  async unlock(staff = 'Cashier', pin = PINS[staff]) {
    await this.choose(staff);
    await this.typePin(pin);
    await this.desk();
  }

  /** Waits for the desk: the shift's opening, the products, or what was left on screen. */
  async desk(ms = 30_000) {
    return this.waitAny([
      'float-amount', 'product-tile', 'receipt', 'tender-confirm', 'count-way', 'shift-report', 'order-list', 'order', 'refund-total',
    ], ms);
  }

  async lock() {
    await this.click('lock');
    await this.wait('staff-option');
  }

  // — The shift —

  async openShift(float = 10_000) {
    await this.fill('float-amount', typed(float));
    await this.click('shift-open');
    await this.wait('product-tile');
  }

  /** Counts the drawer and gives the report's text. */
  async closeShift(counted) {
    if (!(await this.shown('counted-amount'))) await this.click('shift-close');
    await this.fill('counted-amount', typed(counted));
    await this.click('shift-close');
    await this.wait('shift-report');
    return this.text('shift-report');
  }

  // — Selling —

  /** Opens a category by its name. */
  async openCategory(name) {
    await this.until(async () => {
      const button = await this.driver.executeScript(
        `${SHOWN} return shown.find((e) => e.innerText.trim() === arguments[1]) ?? null`, css('category'), name);
      if (!button) throw new Error('not on screen');
      await button.click();
      return true;
    }, `a click on the category ${name}`);
  }

  /** Finds a product by typing, taps its tile, and leaves the search empty. */
  async addBySearch(sku, words) {
    await this.fill('search', words);
    await this.click('product-tile', { 'data-sku': sku });
    await this.wait2('cart-line', { 'data-sku': sku });
    if (await this.shown('search')) await this.fill('search', '');
  }

  /** Taps a product, found by typing where its tile is not on screen. */
  async add(product) {
    if (await this.shown('product-tile', { 'data-sku': product.sku })) {
      await this.click('product-tile', { 'data-sku': product.sku });
      await this.wait2('cart-line', { 'data-sku': product.sku });
    } else {
      await this.addBySearch(product.sku, product.name);
    }
  }

  /** Like `wait`, but it may stand in a closed sheet. */
  async wait2(id, attributes) {
    await this.until(() => this.exists(id, attributes), `${id} ${JSON.stringify(attributes)}`);
  }

  async lines() {
    return this.attributes('cart-line', 'data-sku');
  }

  /** Types a quantity into the line of `sku`. */
  async setQty(sku, qty) {
    await this.until(async () => {
      const input = await this.#find(`${css('cart-line', { 'data-sku': sku })} ${css('line-qty')}`);
      if ((await input.getAttribute('value')) === String(qty)) return true;
      await this.#select(input);
      await input.sendKeys(String(qty));
      await input.sendKeys(Key.ENTER);
      return false;
    }, `quantity ${qty} of ${sku}`);
  }

  async removeLine(sku) {
    await this.until(async () => {
      const button = await this.#find(`${css('cart-line', { 'data-sku': sku })} ${css('line-remove')}`);
      await button.click();
      return true;
    }, `a click on line-remove of ${sku}`);
  }

  async total() {
    return this.minor('cart-total');
  }

  /** What is to be paid, on the tender screen. */
  async owed() {
    return this.minor('tender-remaining');
  }

  async waitTotal(minor) {
    await this.until(async () => (await this.total()) === minor, `cart-total ${minor}`);
  }

  // — Paying —

  async charge() {
    await this.click('charge');
    await this.wait('tender-confirm');
    if (await this.shown('tender-cash')) await this.click('tender-cash');
  }

  /** Says what was handed over: `'exact'` or an amount in minor units. */
  async hand(cash) {
    if (cash === 'exact') await this.click('cash-exact');
    else await this.fill('cash-amount', typed(cash));
  }

  /** Amounts of the quick-cash buttons, ascending. */
  async quickAmounts() {
    return (await this.attributes('cash-quick', 'data-give')).map(Number);
  }

  async confirm() {
    await this.click('tender-confirm');
    await this.wait('receipt');
    return this.receipt();
  }

  async pay(cash = 'exact') {
    await this.charge();
    await this.hand(cash);
    return this.confirm();
  }

  /** The receipt on screen. */
  async receipt() {
    const [id] = await this.attributes('receipt', 'data-sale');
    return { id, change: await this.minor('change-due'), text: await this.text('receipt') };
  }

  async newSale() {
    await this.click('new-sale');
    await this.wait('search');
  }

  /** One whole sale of `[product, quantity]`s; gives its receipt and what it should come to. */
  async sell(items, cash = 'exact') {
    if (await this.shown('new-sale')) await this.newSale();
    let total = 0;
    for (const [product, qty = 1] of items) {
      await this.add(product);
      if (qty !== 1) await this.setQty(product.sku, qty);
      total += product.price * qty;
    }
    await this.waitTotal(total);
    return { ...(await this.pay(cash)), total };
  }

  // — The status line —

  async unsent() {
    const [count] = await this.attributes('status-unsent', 'data-count');
    return Number(count);
  }

  async network() {
    const [state] = await this.attributes('status-network', 'data-state');
    return state;
  }

  async waitNetwork(state, ms = 60_000) {
    await this.until(async () => (await this.network()) === state, `status-network ${state}`, ms);
  }

  /** Until nothing waits to be sent. The longest pause between two tries is a minute. */
  async drained(ms = 100_000) {
    await this.until(async () => (await this.unsent()) === 0, 'nothing unsent', ms);
  }

  async alerts() {
    return this.attributes('alert', 'data-kind');
  }

  async waitAlert(kind, ms) {
    await this.until(async () => (await this.alerts()).includes(kind), `alert ${kind}`, ms);
  }

  async error() {
    return this.text('error');
  }
}
