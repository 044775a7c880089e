// A stand-in for `navigator.usb` and `navigator.serial` with one receipt printer on each (WICG WebUSB, WICG Serial). One function
// expression without imports, put into the page before anything else (printer.mjs). It answers `{usb, serial, control}`: `control`
// tells what was printed since it was asked last, and jams the printer.
() => {
  const taken = [];
  let jammed = false;
  // What the browser remembers of the person's choice over a reload.
  const isKnown = (name) => sessionStorage.getItem(`granted-${name}`) === 'yes';
  const know = (name) => sessionStorage.setItem(`granted-${name}`, 'yes');
  const take = (data) => taken.push(...(data instanceof Uint8Array ? data : new Uint8Array(data.buffer ?? data)));

  const endpoints = [{ direction: 'in', type: 'bulk', endpointNumber: 1 }, { direction: 'out', type: 'bulk', endpointNumber: 2 }];
  const configuration = { interfaces: [
    { interfaceNumber: 0, alternates: [{ alternateSetting: 0, interfaceClass: 3, endpoints: [] }] },
    { interfaceNumber: 1, alternates: [{ alternateSetting: 0, interfaceClass: 7, endpoints }] },
  ] };
  const printer = {
    productName: 'TM-T20III', opened: false, configuration: null, claimed: undefined,
    async open() { this.opened = true; },
    async close() { this.opened = false; this.claimed = undefined; },
    async selectConfiguration() { this.configuration = configuration; },
    async claimInterface(number) { this.claimed = number; },
    async transferOut(endpoint, data) {
      if (!this.opened || this.claimed !== 1 || endpoint !== 2) throw new DOMException('not claimed', 'InvalidStateError');
      if (jammed) return { status: 'stall', bytesWritten: 0 };
      take(data);
      return { status: 'ok', bytesWritten: data.byteLength };
    },
  };
  const usb = {
    async requestDevice({ filters }) {
      if (!filters.some((filter) => filter.classCode === 7)) throw new DOMException('none', 'NotFoundError');
      know('usb');
      return printer;
    },
    async getDevices() { return isKnown('usb') ? [printer] : []; },
  };

  const port = {
    writable: null,
    async open({ baudRate }) {
      if (!baudRate) throw new TypeError('baudRate');
      this.writable = { getWriter: () => ({
        async write(data) { if (jammed) throw new DOMException('lost', 'NetworkError'); take(data); },
        releaseLock() {},
      }) };
    },
    async close() { this.writable = null; },
  };
  const serial = {
    async requestPort() { know('serial'); return port; },
    async getPorts() { return isKnown('serial') ? [port] : []; },
  };

  const control = {
    taken: () => taken.splice(0).map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    jam: (now) => { jammed = now; },
  };
  return { usb, serial, control };
}
