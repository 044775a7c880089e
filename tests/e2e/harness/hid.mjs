// Card readers without hardware: a stand-in for `navigator.hid` in the page (hid-page.js), and what the test does with it.
//
//   const readers = await Readers.install(browser);            // before the page is opened (Chromium only)
//   await till.open();                                          // …
//   await readers.plug('reader', MAGTEK);                       // put into the USB port; not yet chosen by anybody
//   await readers.choose('reader');                             // what the person will choose in the browser's dialog
//   await till.click('reader-connect');                         // the page asks for a reader, and gets that one
//   await readers.swipe('reader', 'magtek-hid-856');            // one of tests/vectors/readers/*.hex …
//   await readers.deliver('reader', 'ffff00');                  // … or any bytes, as hexadecimal
//   await readers.unplug('reader'); await readers.plug('reader', MAGTEK);   // the page hears of both; it stays chosen
//   await readers.isOpen('reader')                              // does the page listen to it?
//
// A reader that was chosen before the page is loaded is `granted: true`. Each page load begins with empty ports: plug in again after a
// reload, with `granted: true` for what the browser would remember. Of the page's `window`, only a property under a symbol that the
// page does not know is used; the test alone reaches it, by CDP's `Runtime.evaluate`.
import { readFileSync } from 'node:fs';

import { Cdp } from './cdp.mjs';

const here = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const CONTROL = 'globalThis[Symbol.for("a reader in the test\'s hand")]';

/** Readers as they say who they are. */
export const MAGTEK = { vendorId: 0x0801, productId: 0x0011, productName: 'MagneSafe', serial: 'B012345', firmware: '21042812D01' };
export const SURE_SWIPE = { vendorId: 0x0801, productId: 0x0002, productName: 'SureSwipe' };
export const ID_TECH = { vendorId: 0x0acd, productId: 0x2010, productName: 'SecureMag' };

const fields = (usages, reportSize, reportCount, more = {}) =>
  ({ isAbsolute: true, isArray: false, isRange: false, isConstant: false, usages, reportSize, reportCount, ...more });

/** A barcode scanner in HID POS mode (HID Usage Tables 1.5, 24): its report 2 is length, AIM identifier, 56 bytes of data, and a bit for
 *  "more follows"; report 5 is its trigger's. */
export const SCANNER = {
  vendorId: 0x05e0, productId: 0x1300, productName: 'Symbol Bar Code Scanner', usagePage: 0x8c, usage: 2,
  inputReports: [
    { reportId: 5, items: [fields([0x008c0024], 8, 1)] },
    {
      reportId: 2,
      items: [
        fields([0x0001003b], 8, 1), fields([0x008c00fb], 8, 1), fields([0x008c00fc], 8, 1), fields([0x008c00fd], 8, 1),
        fields([0x008c00fe], 8, 56), fields([0x008c00ff], 1, 1), fields([], 1, 7, { isConstant: true }),
      ],
    },
  ],
};

/** The reports in which `SCANNER` sends a code, as hexadecimal; `aim` is its AIM identifier. */
export function scanned(text, aim = ']E0') {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 56) }, (_, at) => bytes.subarray(at * 56, at * 56 + 56));
  return chunks.map((chunk, at) => Buffer.concat([
    Buffer.from([chunk.length]), Buffer.from(aim), chunk, Buffer.alloc(56 - chunk.length), Buffer.from([at + 1 < chunks.length ? 1 : 0]),
  ]).toString('hex'));
}

/** A report of tests/vectors/readers, as hexadecimal. */
export const report = (name) => here(`../../vectors/readers/${name}.hex`).replace(/[^0-9a-f]/gi, '');

export class Readers {
  /** Puts the stand-in into every page that the browser's open tab loads from now on. */
  static async install(browser) {
    const readers = new Readers();
    readers.cdp = await Cdp.connect(browser);
    readers.page = await readers.cdp.page('');
    const source = `(() => {
      const { hid, control } = (${here('hid-page.js')})();
      Object.defineProperty(Navigator.prototype, 'hid', { configurable: true, get: () => hid });
      Object.defineProperty(globalThis, Symbol.for("a reader in the test's hand"), { value: control });
    })()`;
    await readers.page.send('Page.enable');
    await readers.page.send('Page.addScriptToEvaluateOnNewDocument', { source });
    return readers;
  }

  /** Calls the control object in the page. */
  async #tell(method, ...values) {
    const expression = `${CONTROL}.${method}(${values.map((value) => JSON.stringify(value)).join(', ')})`;
    const { result, exceptionDetails } = await this.page.send('Runtime.evaluate', { expression, returnByValue: true, userGesture: false });
    if (exceptionDetails) throw new Error(`${method}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  plug(name, device) { return this.#tell('plug', name, device); }
  unplug(name) { return this.#tell('unplug', name); }
  choose(...names) { return this.#tell('choose', ...names); }

  /** Sends a report. A reader that the page has not opened sends nothing: an error. */
  async deliver(name, hex, reportId = 0) {
    if (!(await this.#tell('deliver', name, hex, reportId))) throw new Error(`${name} is closed`);
  }

  swipe(name, vector) { return this.deliver(name, report(vector)); }

  /** Sends many, one after the other, in one go. */
  async deliverAll(name, reports) {
    const expression = `for (const hex of ${JSON.stringify(reports)}) ${CONTROL}.deliver(${JSON.stringify(name)}, hex)`;
    await this.page.send('Runtime.evaluate', { expression });
  }

  isOpen(name) { return this.#tell('isOpen', name); }
  left() { return this.#tell('left'); }
  asked() { return this.#tell('asked'); }

  close() { this.cdp.close(); }
}
