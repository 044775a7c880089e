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

/** On the page that is open, `ms` go by at once: on the clock, and on the one that nobody can set. */
export async function letPass(driver, ms) {
  await driver.executeScript(`{
    const [Real, since] = [Date, performance.now.bind(performance)];
    globalThis.Date = class Date extends Real {
      constructor(...parts) { if (parts.length > 0) super(...parts); else super(Real.now() + ${ms}); }
      static now() { return Real.now() + ${ms}; }
    };
    performance.now = () => since() + ${ms};
  }`);
}
