// A stand-in for `navigator.hid`, for where there is no hardware (WICG WebHID). One function expression without imports: the
// end-to-end tests put it into the page before anything else (hid.mjs), the browser crate's tests evaluate it as it stands here.
//
// It answers `{hid, control}`. `hid` has the shape of `navigator.hid`; `control` plugs devices in and out and makes them send. What
// is plugged in is visible to the page once it was chosen in the dialog (`requestDevice`), or is `granted`.
() => {
  const fromHex = (hex) => Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
  const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const failure = (name, message) => new DOMException(message, name);
  const devices = new Map();
  const delivered = [];
  let choices = [];
  let asked = [];

  class Device extends EventTarget {
    #state;

    constructor(state) {
      super();
      this.#state = state;
      this.oninputreport = null;
    }

    get opened() { return this.#state.opened; }
    get vendorId() { return this.#state.vendorId; }
    get productId() { return this.#state.productId; }
    get productName() { return this.#state.productName; }
    get collections() { return this.#state.collections; }

    async open() {
      if (!this.#state.plugged || this.#state.busy) throw failure('NotAllowedError', 'Failed to open the device.');
      if (this.#state.opened) throw failure('InvalidStateError', 'The device is already open.');
      this.#state.opened = true;
      this.#state.opens += 1;
    }

    async close() { this.#state.opened = false; }

    async forget() {
      this.#state.granted = false;
      this.#state.opened = false;
    }

    async sendReport() { this.#needOpen(); }

    async sendFeatureReport(id, data) {
      this.#needOpen();
      const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
      this.#state.commands.push(toHex(bytes));
      this.#state.command = Array.from(bytes);
    }

    // MagTek: result, length, data; command 0x00 is Get Property, 0x00 the software's id, 0x03 the serial number.
    async receiveFeatureReport() {
      this.#needOpen();
      if (this.#state.silent) return new Promise(() => {});
      const [command, , property] = this.#state.command ?? [];
      const text = command === 0 ? this.#state.properties[property] : undefined;
      if (text === undefined) throw failure('NotAllowedError', 'Failed to receive the feature report.');
      const answer = new Uint8Array(60);
      answer.set([0, text.length, ...new TextEncoder().encode(text)]);
      return new DataView(answer.buffer);
    }

    #needOpen() {
      if (!this.#state.opened) throw failure('InvalidStateError', 'The device must be opened first.');
    }
  }

  const event = (type, fields) => Object.assign(new Event(type), fields);
  const matches = (state, filter) => (filter.vendorId === undefined || filter.vendorId === state.vendorId)
    && (filter.productId === undefined || filter.productId === state.productId)
    && (filter.usagePage === undefined || state.collections.some((one) => one.usagePage === filter.usagePage
      && (filter.usage === undefined || filter.usage === one.usage)));

  class Hid extends EventTarget {
    onconnect = null;
    ondisconnect = null;

    async getDevices() {
      return [...devices.values()].filter((state) => state.plugged && state.granted).map((state) => state.device);
    }

    async requestDevice(options) {
      asked.push(JSON.parse(JSON.stringify(options)));
      const chosen = choices.map((name) => devices.get(name))
        .filter((state) => state?.plugged && options.filters.some((filter) => matches(state, filter)));
      for (const state of chosen) state.granted = true;
      return chosen.map((state) => state.device);
    }
  }

  const hid = new Hid();
  const fire = (type, state) => {
    const happened = event(type, { device: state.device });
    hid.dispatchEvent(happened);
    hid[`on${type}`]?.(happened);
  };
  const find = (name) => {
    const state = devices.get(name);
    if (!state) throw new Error(`no device called ${name}`);
    return state;
  };

  const control = {
    // Plugs a new device in. Its real browser's object is a new one each time that it comes back.
    plug(name, { vendorId, productId, productName = name, usagePage = 0xff00, usage = 1, inputReports = [], serial, firmware, granted = false, busy = false, silent = false }) {
      const before = devices.get(name);
      const state = {
        vendorId, productId, productName, collections: [{ usagePage, usage, children: [], inputReports, outputReports: [], featureReports: [] }],
        properties: { 0: firmware, 3: serial }, granted: granted || before?.granted === true, busy, silent, plugged: true, opened: false,
        opens: before?.opens ?? 0, commands: [],
      };
      state.device = new Device(state);
      devices.set(name, state);
      if (state.granted) fire('connect', state);
    },
    unplug(name) {
      const state = find(name);
      Object.assign(state, { plugged: false, opened: false });
      if (state.granted) fire('disconnect', state);
    },
    // What a person will choose in the dialog from now on: names of devices, or none to close it.
    choose(...names) { choices = names; },
    // A report, in hexadecimal. A closed reader sends nothing: false.
    deliver(name, hex, reportId = 0) {
      const state = find(name);
      if (!state.plugged || !state.opened) return false;
      // As browsers do: a view into a buffer, not at its beginning.
      const bytes = fromHex(hex);
      const buffer = new Uint8Array(bytes.length + 3);
      buffer.set(bytes, 3);
      const data = new DataView(buffer.buffer, 3, bytes.length);
      delivered.push(data);
      const happened = event('inputreport', { device: state.device, reportId, data });
      state.device.dispatchEvent(happened);
      state.device.oninputreport?.(happened);
      return true;
    },
    // How many bytes of all delivered reports were not overwritten.
    left() {
      const of = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength).reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0);
      return delivered.reduce((sum, view) => sum + of(view), 0);
    },
    isOpen(name) { return find(name).opened; },
    opens(name) { return find(name).opens; },
    commands(name) { return find(name).commands; },
    // The options of every `requestDevice`.
    asked() { return asked; },
  };
  return { hid, control };
}
