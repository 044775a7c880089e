// How a page looks, in three sizes, light and dark: pictures, what axe-core finds, what a finger would miss, what is cut off.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [[1280, 800], [820, 1180], [390, 844]];
const SCHEMES = ['light', 'dark'];

/** How wide the content is, and what sticks out. */
const TOO_WIDE = `
  const out = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > arguments[0] + 1);
  const name = (e) => e.dataset.testid ?? e.tagName.toLowerCase() + '.' + e.className;
  return { wide: document.documentElement.scrollWidth, by: out.slice(-3).map(name).join(', ') };`;

/** Where pictures go: `SHOTS`, or a folder of its own, which is printed. */
export function shotsFolder(t) {
  const shots = process.env.SHOTS ?? mkdtempSync(join(tmpdir(), 'barrow-shots-'));
  mkdirSync(shots, { recursive: true });
  t.diagnostic(`screenshots: ${shots}`);
  return shots;
}

/** `look(screen)` is a test of the page as it is now; `page` is its session with the debugger. `more` are sizes beside the usual. */
export function looker(t, { browser, page, shots, more = [] }) {
  const resize = ([width, height] = SIZES[0]) =>
    page.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 1000 });
  const scheme = (value) =>
    page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }, { name: 'prefers-reduced-motion', value: 'reduce' }] });
  const look = (screen, { before, after } = {}) =>
    t.test(screen, async () => {
      const wrong = [];
      for (const size of [...SIZES, ...more]) {
        await resize(size);
        await before?.(size);
        for (const value of SCHEMES) {
          await scheme(value);
          const where = `${size.join('×')} ${value}`;
          const { data } = await page.send('Page.captureScreenshot', { format: 'png' });
          writeFileSync(join(shots, `${screen.replaceAll(/[^a-z]+/g, '-')}-${size.join('x')}-${value}.png`), data, 'base64');
          wrong.push(...(await axe(page)).map((line) => `${where}: ${line}`));
        }
        wrong.push(...(await tooSmall(browser.driver)).map((line) => `${size.join('×')}: ${line}`));
        // A page that is too wide makes a phone's innerWidth grow with it, so the size that was asked for counts.
        const { wide, by } = await browser.driver.executeScript(TOO_WIDE, size[0]);
        if (wide > size[0]) wrong.push(`${size.join('×')}: ${wide} px of content, by ${by}`);
        await after?.(size);
      }
      await resize();
      assert.deepEqual([...new Set(wrong)], []);
    });
  return { look, resize };
}

/** What axe-core finds on the page as it is. The checker comes through the debugger: the page's policy lets no stranger in. */
async function axe(page) {
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await page.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  if (!(await evaluate('Boolean(window.axe)'))) await evaluate(`${AXE}; true`);
  return evaluate(`window.axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map((v) =>
      v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ')
        + (n.any[0]?.data?.contrastRatio ? ' ' + n.any[0].data.contrastRatio + ':1' : '')).join(', ')))`);
}

/** What a finger would miss: controls of less than 48 px. */
async function tooSmall(driver) {
  return driver.executeScript(`
    const found = [];
    for (const e of document.querySelectorAll('button, input, select, textarea, a[href], summary, [role=button], [role=tab]')) {
      if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const { width, height } = (e.closest('label') ?? e).getBoundingClientRect();
      if (width < 2 || height < 2) continue;
      if (width < 47.5 || height < 47.5) found.push((e.dataset.testid ?? e.outerHTML.slice(0, 60)) + ' ' + Math.round(width) + '×' + Math.round(height));
    }
    return [...new Set(found)];`);
}
