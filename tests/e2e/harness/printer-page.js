// A stand-in for `navigator.usb`, `navigator.serial` and `navigator.bluetooth` with one receipt printer on each (WICG WebUSB, WICG
// Serial, Web Bluetooth). One function expression without imports, put into the page before anything else (printer.mjs). It answers
// `{usb, serial, bluetooth, control}`: `control` tells what was printed since it was asked last, and jams the printer.
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

  // The most that an attribute can hold (Bluetooth Core 5.3, vol. 3, part F, 3.2.9).
  const ATTRIBUTE_MAX = 512;
  const SERVICE = '000018f0-0000-1000-8000-00805f9b34fb';
  let writing = false;
  const characteristics = [
    { properties: { notify: true } },
    {
      properties: { write: true },
      async writeValueWithResponse(data) {
        if (!device.gatt.connected || jammed) throw new DOMException('out of reach', 'NetworkError');
        // As browsers do with a second write before the first was answered.
        if (writing) throw new DOMException('GATT operation already in progress', 'NetworkError');
        if (data.byteLength > ATTRIBUTE_MAX) throw new DOMException('too long', 'InvalidModificationError');
        writing = true;
        await new Promise((resolve) => { setTimeout(resolve); });
        writing = false;
        take(data);
      },
    },
  ];
  const device = {
    name: 'MPT-III',
    gatt: {
      connected: false,
      async connect() { this.connected = true; return this; },
      disconnect() { this.connected = false; },
      async getPrimaryService(id) {
        if (id !== SERVICE) throw new DOMException('no such service', 'NotFoundError');
        return { getCharacteristics: async () => characteristics };
      },
    },
  };
  const bluetooth = {
    async requestDevice({ filters }) {
      if (!filters.some((filter) => filter.services?.includes(SERVICE))) throw new DOMException('none', 'NotFoundError');
      know('bluetooth');
      return device;
    },
    async getDevices() { return isKnown('bluetooth') ? [device] : []; },
  };

  const control = {
    taken: () => taken.splice(0).map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    jam: (now) => { jammed = now; },
  };
  return { usb, serial, bluetooth, control };
}
