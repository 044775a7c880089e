// What people do at a till beside selling: menus, forms, approvals, sign-ins by passkey.
import { Key } from 'selenium-webdriver';

import { PINS } from './till.mjs';

/** Chooses from the till's menu. */
export async function choose(till, choice) {
  await till.click('menu');
  await till.click('menu-item', { 'data-choice': choice });
}

export async function closeMenu(till) {
  await till.driver.actions().sendKeys(Key.ESCAPE).perform();
  await till.until(async () => !(await till.shown('menu-item')), 'no menu');
}

/** Waits for what is open over the screen. */
export async function panel(till, kind) {
  await till.wait('panel', { 'data-kind': kind });
}

/** Waits until nothing is. */
export async function noPanel(till) {
  await till.until(async () => !(await till.shown('panel')), 'no panel');
}

export async function closePanel(till) {
  await till.click('panel-close');
  await noPanel(till);
}

/** A person's first sign-in on a locked till, with a fresh one-time code. */
export async function join({ till, server }, staff) {
  await till.choose(staff);
  await till.fill('first-pin-code', await server.newCode(staff));
  await till.fill('pin-input', PINS[staff]);
  await till.fill('pin-repeat', PINS[staff]);
  await till.click('unlock');
  await till.desk();
}

/** From one person to another, at a sale's end. */
export async function switchTo(till, staff) {
  await choose(till, 'switch');
  await till.wait('staff-option');
  await till.unlock(staff);
}

/** `staff` approves what is asked for. */
export async function approve(till, staff, pin = PINS[staff]) {
  await panel(till, 'approval');
  await till.click('override-person', { 'data-staff': staff });
  await till.fill('override-pin', pin);
  await till.click('override-confirm');
}

/** Types a discount for the only line. */
export async function discount(till, percent, reason) {
  await till.click('line-discount');
  await panel(till, 'discount');
  await till.fill('discount-percent', String(percent));
  await till.fill('discount-reason', reason);
  await till.click('discount-apply');
}

/** The lines of the audit panel, as `{seq, topic, done, text}`. */
export async function auditRows(till) {
  return till.driver.executeScript(`return [...document.querySelectorAll('[data-testid="audit-row"]')].map((row) => (
    { seq: Number(row.dataset.seq), topic: row.dataset.topic, done: row.dataset.done, text: row.innerText.replace(/\\s+/g, ' ') }));`);
}

/** Types how much of each line of the refund on screen comes back, as `{sku: quantity}`; nothing of the others. */
export async function comesBack(till, quantities) {
  await till.wait('refund-total');
  await till.click('refund-none');
  await till.until(async () => (await till.minor('refund-total')) === 0, 'nothing chosen yet');
  for (const [sku, qty] of Object.entries(quantities)) {
    await till.until(() => till.driver.executeScript(`
      const input = document.querySelector('[data-testid="refund-line"][data-sku="' + arguments[0] + '"] [data-testid="refund-qty"]');
      if (!input) return false;
      input.value = String(arguments[1]);
      input.dispatchEvent(new Event('change', { bubbles: true }));
      return true;`, sku, qty), `${qty} of ${sku}`);
  }
}
