// A tablet whose clock is wrong (Chromium).

/** From the next page on, the page's clock is `ms` off. Gives what sets it right again. */
export async function shiftClock(driver, ms) {
  const source = `{
    const Real = Date;
    globalThis.Date = class Date extends Real {
      constructor(...parts) { if (parts.length > 0) super(...parts); else super(Real.now() + ${ms}); }
      static now() { return Real.now() + ${ms}; }
    };
  }`;
  const { identifier } = await driver.sendAndGetDevToolsCommand('Page.addScriptToEvaluateOnNewDocument', { source });
  return () => driver.sendDevToolsCommand('Page.removeScriptToEvaluateOnNewDocument', { identifier });
}
