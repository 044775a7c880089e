// Receipt printers without hardware: a stand-in in the page (printer-page.js), and a reader of what it was sent (Chromium only).
//
//   const printer = await Printer.install(browser);     // before the page is opened
//   const paper = await printer.paper('Sale 1-1-5');    // waits until that was printed; what came out, and the drawer's kicks
//   await printer.jam(true);                            // out of paper
import { readFileSync } from 'node:fs';

import { Cdp } from './cdp.mjs';
import { until } from './wait.mjs';

const CONTROL = 'globalThis[Symbol.for("a printer in the test\'s hand")]';

export class Printer {
  static async install(browser) {
    const printer = new Printer();
    printer.cdp = await Cdp.connect(browser);
    printer.page = await printer.cdp.page('');
    printer.bytes = '';
    const source = `(() => {
      const { usb, serial, bluetooth, control } = (${readFileSync(new URL('printer-page.js', import.meta.url), 'utf8')})();
      Object.defineProperty(Navigator.prototype, 'usb', { configurable: true, get: () => usb });
      Object.defineProperty(Navigator.prototype, 'serial', { configurable: true, get: () => serial });
      Object.defineProperty(Navigator.prototype, 'bluetooth', { configurable: true, get: () => bluetooth });
      Object.defineProperty(globalThis, Symbol.for("a printer in the test's hand"), { value: control });
    })()`;
    await printer.page.send('Page.enable');
    await printer.page.send('Page.addScriptToEvaluateOnNewDocument', { source });
    return printer;
  }

  async #tell(method, value) {
    const expression = `${CONTROL}.${method}(${JSON.stringify(value) ?? ''})`;
    const { result, exceptionDetails } = await this.page.send('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(`${method}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  jam(now) { return this.#tell('jam', now); }

  /** What came out since it was asked last, as soon as `text` is on it and the paper was cut. */
  async paper(text) {
    let paper;
    await until(async () => {
      this.bytes += await this.#tell('taken');
      paper = read(this.bytes);
      return paper.cuts > 0 && paper.lines.some((line) => line.includes(text));
    }, `"${text}" on paper`, { ms: 15_000 });
    this.bytes = '';
    return paper;
  }

  /** The width of the page that the system would print, in millimetres, by what the page's own style says. */
  async pageWidth() {
    const { data } = await this.page.send('Page.printToPDF', { preferCSSPageSize: true });
    const [, left, right] = /\/MediaBox\s*\[\s*([\d.]+)\s+[\d.]+\s+([\d.]+)/.exec(Buffer.from(data, 'base64').toString('latin1'));
    return Math.round(((right - left) / 72) * 25.4);
  }

  close() { this.cdp.close(); }
}

/** ESC/POS as far as the till writes it (core/src/receipt/escpos.rs). Anything else is an error. */
export function read(hex) {
  const bytes = Buffer.from(hex, 'hex');
  const paper = { lines: [], kicks: 0, cuts: 0, qr: [] };
  let line = [];
  for (let at = 0; at < bytes.length;) {
    const [first, second] = [bytes[at], String.fromCharCode(bytes[at + 1] ?? 0)];
    if (first === 0x0a) {
      // WPC1252, as far as receipts need it: Node's own decoder takes it for Latin-1.
      paper.lines.push(Buffer.from(line).toString('latin1').replaceAll('\x80', '€'));
      line = [];
      at += 1;
    } else if (first === 0x1b && '@taEp'.includes(second)) {
      if (second === 'p') paper.kicks += 1;
      at += { '@': 2, t: 3, a: 3, E: 3, p: 5 }[second];
    } else if (first === 0x1d && second === '!') {
      at += 3;
    } else if (first === 0x1d && second === 'V') {
      paper.cuts += 1;
      at += 4;
    } else if (first === 0x1d && second === '(') {
      const length = bytes[at + 3] + 256 * bytes[at + 4];
      const parameters = bytes.subarray(at + 5, at + 5 + length);
      if (parameters.subarray(0, 2).toString() === '1P') paper.qr.push(parameters.subarray(3).toString());
      at += 5 + length;
    } else if (first >= 0x20) {
      line.push(first);
      at += 1;
    } else {
      throw new Error(`no command: ${bytes.subarray(at, at + 4).toString('hex')}`);
    }
  }
  return paper;
}
