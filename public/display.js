// The customer's window: draws what the till's page says, as text, and knows nothing else. It opens no store, takes no lock and
// asks no server. What comes through the channel is read into a shape with limits, or not at all.
const CHANNEL = 'barrow-display';
const LINES_MAX = 500;
const UNDER_MAX = 50;
const TEXT_MAX = 300;
// So often it asks, so that a till that was loaded anew, or a window that was opened later, is soon right.
const ASK_EVERY_MS = 4_000;
// A till that says nothing for so long is gone, and with it whatever was on this screen.
const SILENCE_MAX_MS = 20_000;
// Thanks stay for a moment after the cashier has gone on.
const THANKS_MS = 6_000;

const TEXTS = { order: ['total', 'tax'], pay: ['total', 'tax', 'due', 'remaining'], thanks: [], idle: [] };
const BILL = ['off', 'gifts', 'tip', 'toPay', 'getBack'];
const MAYBE = { order: BILL, pay: [...BILL, 'given', 'change'], thanks: ['paid', 'change', 'getBack'], idle: [] };

const isText = (value) => typeof value === 'string' && value.length <= TEXT_MAX;
const isList = (value, most) => Array.isArray(value) && value.length <= most;

/** A message as this page uses it; undefined if it is none. */
function read(message) {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(TEXTS, message.scene) || !isText(message.shop)) return undefined;
  const scene = { scene: message.scene, shop: message.shop };
  for (const name of TEXTS[scene.scene]) {
    if (!isText(message[name])) return undefined;
    scene[name] = message[name];
  }
  for (const name of MAYBE[scene.scene]) {
    if (message[name] === null || message[name] === undefined) continue;
    if (!isText(message[name])) return undefined;
    scene[name] = message[name];
  }
  if ('tax' in scene) {
    if (typeof message.included !== 'boolean' || !isList(message.lines, LINES_MAX)) return undefined;
    scene[message.included ? 'taxIncluded' : 'taxAdded'] = scene.tax;
    scene.lines = message.lines.map(line);
    const back = message.back ?? [];
    if (!isList(back, LINES_MAX)) return undefined;
    scene.back = back.map((thing) => line({ qty: '', under: [], ...thing }));
    if ([...scene.lines, ...scene.back].includes(undefined)) return undefined;
    if (scene.getBack === undefined && scene.toPay === undefined) scene.sum = scene.total;
    if (scene.getBack === undefined) scene.owed = scene.due;
    if (scene.back.length > 0) scene.returned = '';
  }
  return scene;
}

function line(value) {
  if (typeof value !== 'object' || value === null || !isList(value.under, UNDER_MAX)) return undefined;
  const { qty, name, price, under } = value;
  return [qty, name, price, ...under].every(isText) ? { qty, name, price, under: [...under] } : undefined;
}

// The page's own English is the key of its texts. Until they are there it shows nothing, rather than another language.
async function translate() {
  const code = document.documentElement.lang.split('-')[0];
  if (code === 'en') return;
  const answer = await fetch(`/lang/${code}.json`);
  const catalogue = answer.ok ? await answer.json() : {};
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const text = words.currentNode.data.trim();
    if (Object.hasOwn(catalogue, text)) words.currentNode.data = catalogue[text];
  }
  document.title = catalogue[document.title] ?? document.title;
  for (const named of document.querySelectorAll('[aria-label]')) {
    named.ariaLabel = catalogue[named.ariaLabel] ?? named.ariaLabel;
  }
}

const main = document.querySelector('main');
main.style.visibility = 'hidden';
translate().catch(() => {}).finally(() => { main.style.visibility = ''; });
// Another language was chosen at the till.
addEventListener('storage', (event) => { if (event.key === 'barrow-language') location.reload(); });
const list = document.querySelector('.lines');
const returned = document.querySelector('.returned');
let shown = { scene: 'idle', shop: '' };
let heardAt = performance.now();
let thanksUntil = 0;
let later;

function take(scene) {
  clearTimeout(later);
  const wait = thanksUntil - performance.now();
  if (shown.scene === 'thanks' && scene.scene === 'idle' && wait > 0) {
    later = setTimeout(() => draw(scene), wait);
    return;
  }
  if (scene.scene === 'thanks' && shown.scene !== 'thanks') thanksUntil = performance.now() + THANKS_MS;
  draw(scene);
}

function draw(scene) {
  shown = scene;
  main.dataset.scene = scene.scene;
  for (const section of main.querySelectorAll('[data-scenes]')) {
    section.hidden = !section.dataset.scenes.split(' ').includes(scene.scene);
  }
  for (const field of main.querySelectorAll('[data-field]')) {
    const text = scene[field.dataset.field] ?? '';
    if (field.textContent !== text) field.textContent = text;
  }
  for (const row of main.querySelectorAll('[data-with]')) row.hidden = scene[row.dataset.with] === undefined;
  list.replaceChildren(...(scene.lines ?? []).map(item));
  returned.replaceChildren(...(scene.back ?? []).map(item));
  showLast();
}

/** What was added last is in sight, also in a window of another size. */
function showLast() {
  list.scrollTop = list.scrollHeight;
}
addEventListener('resize', showLast);

function item({ qty, name, price, under }) {
  const row = document.createElement('li');
  const part = (className, text) => {
    const element = document.createElement('span');
    element.className = className;
    element.textContent = text;
    row.append(element);
  };
  part('qty', qty);
  part('name', name);
  part('price', price);
  for (const words of under) part('under', words);
  return row;
}

const channel = new BroadcastChannel(CHANNEL);
channel.addEventListener('message', ({ data }) => {
  const scene = read(data);
  if (!scene) return;
  heardAt = performance.now();
  take(scene);
});

function ask() {
  channel.postMessage({ ask: true });
  if (performance.now() - heardAt > SILENCE_MAX_MS && shown.scene !== 'idle') take({ scene: 'idle', shop: shown.shop });
}
setInterval(ask, ASK_EVERY_MS);
ask();

const fullScreen = document.querySelector('#full-screen');
const offer = () => { fullScreen.hidden = !document.fullscreenEnabled || document.fullscreenElement !== null; };
fullScreen.addEventListener('click', () => document.documentElement.requestFullscreen().catch(() => {}));
document.addEventListener('fullscreenchange', offer);
offer();

// The screen stays lit while it is looked at, where the browser can do that.
const stayLit = () => { if (document.visibilityState === 'visible') navigator.wakeLock?.request('screen').catch(() => {}); };
document.addEventListener('visibilitychange', stayLit);
stayLit();
