// What axe-core and a ruler say of a page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious findings of axe-core on the page as it is. The checker comes through the debugger: the page's policy lets no stranger in. */
export async function axe(page) {
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await page.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  if (!(await evaluate('Boolean(window.axe)'))) await evaluate(`${AXE}; true`);
  return evaluate(`window.axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) =>
      v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ')
        + (n.any[0]?.data?.contrastRatio ? ' ' + n.any[0].data.contrastRatio + ':1' : '')).join(', ')))`);
}

/** What a finger would miss: controls of less than 48 px. */
export async function tooSmall(driver) {
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
