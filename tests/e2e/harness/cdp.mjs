// A small client of Chromium's DevTools protocol, for what WebDriver cannot do.
import WebSocket from 'ws';

import { until } from './wait.mjs';

export class Cdp {
  /** Connects to the running browser. */
  static async connect(browser) {
    const capabilities = await browser.driver.getCapabilities();
    const { debuggerAddress } = capabilities.get('goog:chromeOptions');
    const { webSocketDebuggerUrl } = await (await fetch(`http://${debuggerAddress}/json/version`)).json();
    const cdp = new Cdp();
    cdp.socket = new WebSocket(webSocketDebuggerUrl, { perMessageDeflate: false, maxPayload: 2 ** 28 });
    cdp.waiting = new Map();
    cdp.listeners = [];
    cdp.last = 0;
    cdp.socket.on('message', (data) => cdp.#take(JSON.parse(data)));
    cdp.socket.on('error', () => {});
    cdp.socket.on('close', () => {
      for (const { reject } of cdp.waiting.values()) reject(new Error('the browser is gone'));
      cdp.waiting.clear();
    });
    await new Promise((resolve, reject) => cdp.socket.once('open', resolve).once('error', reject));
    return cdp;
  }

  #take(message) {
    if (message.id === undefined) {
      for (const listener of this.listeners) listener(message.method, message.params, message.sessionId);
      return;
    }
    const { resolve, reject } = this.waiting.get(message.id) ?? {};
    this.waiting.delete(message.id);
    if (message.error) reject?.(new Error(`${message.error.message} (${message.error.data ?? ''})`));
    else resolve?.(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    this.last += 1;
    const id = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  on(listener) {
    this.listeners.push(listener);
  }

  /** A session with the first page whose address begins so. */
  async page(prefix) {
    const { targetInfos } = await this.send('Target.getTargets');
    const target = targetInfos.find((info) => info.type === 'page' && info.url.startsWith(prefix));
    if (!target) throw new Error(`no page at ${prefix}: ${targetInfos.map((info) => info.url).join(', ')}`);
    const { sessionId } = await this.send('Target.attachToTarget', { targetId: target.targetId, flatten: true });
    return { send: (method, params) => this.send(method, params, sessionId), sessionId, targetId: target.targetId };
  }

  close() {
    this.socket.close();
  }
}

/** What the browser does when it thinks that the network is back, with no page of ours open. */
export async function dispatchSync(browser, origin) {
  const cdp = await Cdp.connect(browser);
  try {
    const page = await cdp.page('about:blank');
    const registrations = new Map();
    cdp.on((method, params) => {
      if (method !== 'ServiceWorker.workerRegistrationUpdated') return;
      for (const one of params.registrations) registrations.set(one.scopeURL, one);
    });
    await page.send('ServiceWorker.enable');
    const registration = await until(() => registrations.get(`${origin}/`), 'the registration of the service worker');
    await page.send('ServiceWorker.dispatchSyncEvent', {
      origin, registrationId: registration.registrationId, tag: 'barrow-outbox', lastChance: false,
    });
  } finally {
    cdp.close();
  }
}
