// The office in other languages: every room in German, with no English sentence left over and figures as the browser's `Intl`
// writes them; in Arabic from right to left, and nothing wider than the window; the choice kept over a reload.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { BROWSERS } from './harness/browsers.mjs';
import { Cdp } from './harness/cdp.mjs';
import { discount } from './harness/people.mjs';
import { selling } from './harness/scene.mjs';
import { story } from './harness/story.mjs';
import { Till } from './harness/till.mjs';

const file = (path) => JSON.parse(readFileSync(new URL(`../../public/lang/${path}.json`, import.meta.url)));
/** What the page loads: the till's, and the office's own. */
const catalogue = (code) => ({ ...file(code), ...file(`office/${code}`) });
const forms = (translation) => (typeof translation === 'string' ? [translation] : Object.values(translation));
const GERMAN = catalogue('de');
const ROOMS = 15;

const literally = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** What a sentence looks like whose template this is. */
const shape = (template) => new RegExp(`^${template.split(/\{\d*!?\}/).map(literally).join('(.+)')}$`, 's');
/** A template with less fixed text is in many a name. */
const isTelling = (template) => template.replaceAll(/\{\d*!?\}/g, '').replaceAll(/[^\p{L}]/gu, '').length >= 5;

/** Says of a text whether it is one of the source's own, left untranslated; `data` are the shop's own words. */
function englishIn(catalogue, data) {
  const own = Object.values(catalogue).flatMap(forms);
  const whole = new Set(own);
  const shapes = own.filter((text) => /\{/.test(text) && isTelling(text)).map(shape);
  const left = Object.entries(catalogue).filter(([key, translation]) => !forms(translation).includes(key));
  const keys = new Set(left.map(([key]) => key).filter((key) => !whole.has(key) && !data.has(key)));
  const templates = left.map(([key]) => key).filter((key) => key.includes('{}') && isTelling(key)).map(shape);
  return (text) => keys.has(text) || (templates.some((template) => template.test(text)) && !shapes.some((known) => known.test(text)));
}

/** Every text that can be seen, or that a screen reader says. A language is offered in its own name. */
const SAID = `
  const seen = (e) => e && e.checkVisibility({ visibilityProperty: true }) && !e.closest('[data-testid=office-language]');
  const said = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (seen(walker.currentNode.parentElement)) said.push(walker.currentNode.data);
  for (const e of document.querySelectorAll('[aria-label], [title], [placeholder], [data-label], option')) {
    if (seen(e)) said.push(e.ariaLabel ?? '', e.title ?? '', e.placeholder ?? '', e.dataset.label ?? '', e.label ?? '');
  }
  return [...new Set(said.map((text) => text.trim()).filter(Boolean))];`;

/** Times and amounts on the page that are not written as \`Intl\` does in the page's language. */
const STRANGE_FIGURES = `
  const locale = document.documentElement.lang;
  const plain = (text) => text.replaceAll(/[\\u200e\\u200f\\u061c\\u2066-\\u2069]/g, '').replaceAll(/\\s/g, ' ').replaceAll('-', '−').trim();
  const strange = [];
  let times = 0;
  for (const time of document.querySelectorAll('main time[datetime]')) {
    const written = (options) => plain(new Date(time.dateTime).toLocaleString(locale, { dateStyle: 'medium', ...options }));
    // Some say the day alone, some how long ago it is before it.
    const [text, wanted] = [plain(time.textContent), written({ timeStyle: 'short' })];
    times += 1;
    if (!text.endsWith(wanted) && text !== written({})) strange.push(time.textContent + ' instead of ' + wanted);
  }
  const currencyDisplay = locale.startsWith('ar') ? 'symbol' : 'narrowSymbol';
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR', currencyDisplay });
  for (const row of document.querySelectorAll('[data-testid=office-sale]')) {
    const [total, wanted] = [row.querySelector('td.key').textContent, money.format(row.dataset.minor / 100)];
    if (plain(total) !== plain(wanted)) strange.push(total + ' instead of ' + wanted);
  }
  // What the journal says of amounts, too: the source writes them in English.
  for (const what of document.querySelectorAll('[data-testid=office-entry] .what')) {
    if (/€\\d/.test(what.textContent)) strange.push(what.textContent);
  }
  return { strange, times };`;

/** What is wider than the window, or sticks out of it on either side. */
const TOO_WIDE = `
  const { clientWidth, scrollWidth } = document.documentElement;
  const out = [...document.querySelectorAll('main *')].filter((e) => {
    const { left, right, width } = e.getBoundingClientRect();
    return width > 1 && (left < -1 || right > clientWidth + 1) && e.checkVisibility() && !e.closest('thead, .unseen');
  });
  const names = out.slice(-3).map((e) => e.dataset.testid ?? e.tagName.toLowerCase() + '.' + e.className);
  return scrollWidth > clientWidth + 1 || names.length > 0 ? [scrollWidth + ' px in ' + clientWidth, ...names] : [];`;

for (const name of BROWSERS) {
  test(`[${name}] the office in other languages`, async (t) => {
    const step = story(t);
    const { server, browser, till, office, products } = await selling(t, name, { staff: 'Manager' });
    const page = new Till(browser, server.url);
    const { driver } = browser;
    const data = new Set([...products.flatMap(({ words, category }) => [...words, category]), ...server.ready.staff.map((one) => one.name)]);

    /** The page speaks this language, in its direction. */
    const speaks = (code) =>
      page.until(
        () => driver.executeScript(`
          const { lang, dir } = document.documentElement;
          return lang.split('-')[0] === arguments[0] && dir === arguments[1]
            && document.querySelector('[data-testid=office-language]')?.value === arguments[0];`, code, code === 'ar' ? 'rtl' : 'ltr'),
        `the page in ${code}`);
    const speak = async (code) => {
      await page.wait('office-language');
      await driver.executeScript(`
        const select = document.querySelector('[data-testid=office-language]');
        select.value = arguments[0];
        select.dispatchEvent(new Event('change', { bubbles: true }));`, code);
      await speaks(code);
    };
    /** What is English on the page, with the place. */
    const english = async (code, where) => {
      const isEnglish = englishIn(catalogue(code), data);
      return (await driver.executeScript(SAID)).filter((text) => !data.has(text) && isEnglish(text)).map((text) => `${where}: ${text}`);
    };
    const open = async (room) => {
      const code = await driver.executeScript('return document.documentElement.lang.split("-")[0]');
      await driver.executeScript('document.querySelector(`[data-testid="${arguments[0]}"]`).click()', room);
      await page.until(
        () => driver.executeScript(`
          const link = document.querySelector('[data-testid="' + arguments[0] + '"]');
          return location.hash === '#' + arguments[0].replace('office-nav-', '')
            // The room itself, and no more the one before it.
            && link.textContent.includes(document.querySelector('main h1').textContent)
            && document.querySelector('main [aria-busy=true], main .loading') === null
            && ![...document.querySelectorAll('main .as-of')].some((e) => e.textContent === arguments[1]);`,
        room, catalogue(code)['Reading…']),
        `${room} is drawn`);
    };
    /** Rows that open are opened: in some rooms, one closes the other. */
    const unfold = () =>
      page.until(
        () => driver.executeScript(`
          const rows = [...document.querySelectorAll('.row-button[aria-expanded]')];
          if (rows.length === 0 || rows.some((e) => e.ariaExpanded === 'true')) return true;
          // Again, if what was tapped was just being drawn anew.
          rows.forEach((e) => e.click());
          return false;`),
        'a row that is open');
    const rooms = () =>
      driver.executeScript('return [...document.querySelectorAll(`[data-testid^="office-nav-"]`)].map((link) => link.dataset.testid)');

    await step('a sale at the till', async () => {
      await till.add(products[0]);
      await discount(till, '10', 'Regular');
      await till.pay();
      await till.newSale();
      await till.drained();
      assert.equal((await office.sales()).length, 1);
    });
    await step('German is chosen where the owner signs in', async () => {
      await driver.get(`${server.url}/office/`);
      await speak('de');
      assert.deepEqual(await english('de', 'signing in'), []);
      await page.fill('office-login', server.first.owner.login);
      await page.fill('office-password', 'not-the-password');
      await page.click('office-submit');
      await page.until(async () => (await page.text('office-error')) !== '', 'a refusal');
      assert.deepEqual(await english('de', 'a wrong password'), []);
      await page.fill('office-password', server.first.owner.password);
      await page.click('office-submit');
      await page.wait('office-nav-sales');
    });
    await step('every room is German, its figures as Intl writes them', async () => {
      const all = await rooms();
      assert.equal(all.length, ROOMS);
      const wrong = [];
      for (const room of all) {
        await open(room);
        await unfold();
        const figures = await driver.executeScript(STRANGE_FIGURES);
        wrong.push(...(await english('de', room)), ...figures.strange.map((figure) => `${room}: ${figure}`));
      }
      assert.deepEqual(wrong, []);
      await open('office-nav-audit');
      const trail = () => driver.executeScript(STRANGE_FIGURES);
      await page.until(async () => (await trail()).times > 3, 'some times to look at');
      assert.deepEqual((await trail()).strange, []);
    });
    await step('the choice survives a reload', async () => {
      await driver.navigate().refresh();
      await page.wait('office-nav-sales');
      await speaks('de');
      assert.equal(await page.text('office-sign-out'), GERMAN['Sign out']);
    });
    await step('Arabic runs from right to left, and fits a desk and a phone', async () => {
      await speak('ar');
      const cdp = name === 'chromium' ? await Cdp.connect(browser) : undefined;
      const debug = await cdp?.page(server.url);
      // Without a debugger, a window has a least width of its own.
      const resize = ([width, height]) =>
        debug
          ? debug.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
          : driver.manage().window().setRect({ width, height });
      const wrong = [];
      for (const size of [[1280, 800], [390, 844]]) {
        await resize(size);
        for (const room of await rooms()) {
          await open(room);
          await unfold();
          const wide = await driver.executeScript(TOO_WIDE);
          const { strange } = await driver.executeScript(STRANGE_FIGURES);
          wrong.push(...(await english('ar', room)), ...[...wide, ...strange].map((what) => `${room} at ${size.join('×')}: ${what}`));
        }
      }
      cdp?.close();
      assert.deepEqual(wrong, []);
    });
  });
}
