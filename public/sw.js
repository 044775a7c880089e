// The service worker's entry: every listener is registered at once, and the shell is served from its cache without waking
// any wasm. What is to be sent is sent by the Rust sync engine, a part of the page's module, loaded when a sync or a message needs it.
// The build puts the module's hashed name into the import.
import init, { drain } from './barrow-app.js';

// The build puts the list here: [{url, integrity}, …], one entry for every file of this version.
const PRECACHE = self.__PRECACHE__ || [];
const PREFIX = 'barrow-shell-';
const SYNC_TAG = 'barrow-outbox';
// Never the shell's business, whatever the network says.
// A page of its own, beside the till's.
const DISPLAY = '/display';
const NOT_OURS = ['/v1/', '/healthz', '/office', '/openapi.json', '/r/', '/R/', '/receipt.css'];

let name;
function cacheName() {
  name ??= (async () => {
    const list = new TextEncoder().encode(JSON.stringify(PRECACHE));
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', list));
    return PREFIX + [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  })();
  return name;
}

// All files or none: a version whose files do not have the hashes of its list is never installed.
async function install() {
  const own = await cacheName();
  try {
    const cache = await caches.open(own);
    await Promise.all(PRECACHE.map(async ({ url, integrity }) => {
      const response = await fetch(new Request(url, { integrity, cache: 'reload', credentials: 'same-origin' }));
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      await cache.put(url, response);
    }));
  } catch (error) {
    await caches.delete(own);
    throw error;
  }
}

async function oldCaches() {
  const own = await cacheName();
  return (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== own);
}

// Older versions' files go when no page can be of an older version any more.
async function tidy(pagesMax) {
  // What is installed and waits has its files in a cache of its own, and they are not old.
  if (self.registration.installing || self.registration.waiting) return;
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  // The customer's window has all of its files from its start on.
  const pages = windows.filter(({ url }) => new URL(url).pathname !== DISPLAY);
  if (pages.length <= pagesMax) await Promise.all((await oldCaches()).map((key) => caches.delete(key)));
}

async function page(request) {
  const cache = await caches.open(await cacheName());
  if (new URL(request.url).pathname === DISPLAY) return (await cache.match('/display.html')) || fetch(request);
  return (await cache.match('/index.html')) || (await cache.match('/')) || fetch(request);
}

// A page of an older version asks for files that only its own cache has.
async function asset(request) {
  const own = await (await caches.open(await cacheName())).match(request);
  if (own) return own;
  for (const key of await oldCaches()) {
    const old = await (await caches.open(key)).match(request);
    if (old) return old;
  }
  return fetch(request);
}

let engine;
function sync() {
  engine ??= (async () => {
    const wasm = PRECACHE.map(({ url }) => url).find((url) => /barrow-app[^/]*\.wasm$/.test(url));
    const url = new URL(wasm || './barrow-app_bg.wasm', self.location.href);
    await init({ module_or_path: await asset(new Request(url)) });
  })();
  // A failed load must not be remembered.
  return engine.then(() => drain(), (error) => { engine = undefined; throw error; });
}

self.addEventListener('install', (event) => event.waitUntil(install()));

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  await tidy(0);
  await self.clients.claim();
})()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (NOT_OURS.some((path) => url.pathname === path || url.pathname.startsWith(path))) return;
  if (request.mode === 'navigate') {
    event.respondWith(page(request));
    // The only page there is is the one that is just being replaced by ours.
    event.waitUntil(tidy(1));
  } else {
    event.respondWith(asset(request));
  }
});

self.addEventListener('sync', (event) => {
  if (event.tag !== SYNC_TAG) return;
  // Throwing makes the browser try again.
  event.waitUntil(sync().then((done) => { if (!done) throw new Error('entries are still unsent'); }));
});

self.addEventListener('message', (event) => {
  const type = event.data && event.data.type;
  // The page asks only at a safe moment: no sale open, no write running.
  if (type === 'apply-update') self.skipWaiting();
  if (type === 'drain') event.waitUntil(sync().catch(() => {}));
});
