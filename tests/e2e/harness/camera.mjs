// A camera without hardware: the page's `getUserMedia` gives the stream of a canvas, on which a barcode is drawn, tilted a little, as a hand
// holds it. What reads it is the till's own decoder.

const L = ['0001101', '0011001', '0010011', '0111101', '0100011', '0110001', '0101111', '0111011', '0110111', '0001011'];
const FIRST = ['LLLLLL', 'LLGLGG', 'LLGGLG', 'LLGGGL', 'LGLLGG', 'LGGLLG', 'LGGGLL', 'LGLGLG', 'LGLGGL', 'LGGLGL'];

const flip = (modules) => [...modules].map((bit) => (bit === '0' ? '1' : '0')).join('');
const digit = (value, set) => (set === 'L' ? L[value] : set === 'R' ? flip(L[value]) : [...flip(L[value])].reverse().join(''));

/** The modules of an EAN-13, dark as 1. */
export function ean13(text) {
  const [first, ...rest] = [...text].map(Number);
  const left = rest.slice(0, 6).map((value, at) => digit(value, FIRST[first][at])).join('');
  const right = rest.slice(6).map((value) => digit(value, 'R')).join('');
  return `101${left}01010${right}101`;
}

/** Runs in the page before the till does anything. The canvas shows nothing until `show` is called. */
const INSTALL = `(() => {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 1280, height: 720 });
  const context = canvas.getContext('2d');
  let modules = '';
  let refused;
  const open = [];
  const draw = () => {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#8d8578';
    context.fillRect(0, 0, 1280, 720);
    if (modules) {
      context.translate(640, 360);
      context.rotate(0.09);
      context.fillStyle = '#f4f1ea';
      context.fillRect(-260, -110, 520, 220);
      context.fillStyle = '#1c1c22';
      [...modules].forEach((bit, at) => { if (bit === '1') context.fillRect((at - modules.length / 2) * 4, -80, 4, 160); });
    }
  };
  // A camera goes on sending pictures.
  setInterval(draw, 60);
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: {
    async getUserMedia(wanted) {
      if (!wanted?.video || wanted.audio) throw new TypeError('a picture, and no sound, was expected');
      if (refused) throw new DOMException('refused', refused);
      const stream = canvas.captureStream(15);
      open.push(...stream.getTracks());
      return stream;
    },
  } });
  Object.defineProperty(window, Symbol.for('a camera'), { value: {
    show: (next) => { modules = next; },
    refuse: (name) => { refused = name; },
    on: () => open.filter((track) => track.readyState === 'live').length,
  } });
})();`;

const CONTROL = "window[Symbol.for('a camera')]";

export class Camera {
  /** Puts the camera into the page that is open, before the till asks for it. */
  static async install(driver) {
    await driver.executeScript(INSTALL);
    return Object.assign(new Camera(), { driver });
  }

  /** Holds a code in front of it; none to take it away. */
  show(modules = '') {
    return this.driver.executeScript(`${CONTROL}.show(arguments[0])`, modules);
  }

  /** The browser refuses from now on, with an exception of this name; none to allow it again. */
  refuse(name) {
    return this.driver.executeScript(`${CONTROL}.refuse(arguments[0])`, name ?? null);
  }

  /** Is it on? */
  async isOn() {
    return (await this.driver.executeScript(`return ${CONTROL}.on()`)) > 0;
  }
}
