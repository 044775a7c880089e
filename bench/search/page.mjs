// Runs in the page: one engine after another over the same products and the same typing.
import FlexSearch from '/flexsearch.mjs';
import MiniSearch from '/minisearch.mjs';
import * as barrow from '/search.mjs';
import { catalogue, dice, withError } from '/search/catalogue.mjs';

const FIRST = 20;

/** Each gives `build(products)`, and then `search(query)`, which gives places. Settings as their guides have them for search while typing. */
const ENGINES = {
  barrow: { build: barrow.build, search: (query) => barrow.search(query, FIRST) },
  MiniSearch: {
    build(products) {
      this.index = new MiniSearch({
        fields: ['name', 'sku', 'barcode'],
        searchOptions: { prefix: true, fuzzy: 0.2, combineWith: 'AND' },
        processTerm: folded,
      });
      this.index.addAll(products.map((product, id) => ({ id, ...product })));
    },
    search(query) {
      return this.index.search(query).slice(0, FIRST).map(({ id }) => id);
    },
  },
  FlexSearch: {
    build(products) {
      this.index = new FlexSearch.Document({
        document: { id: 'id', index: ['name', 'sku', 'barcode'] },
        tokenize: 'forward',
        encoder: FlexSearch.Charset.LatinBalance,
      });
      products.forEach((product, id) => this.index.add({ id, ...product }));
    },
    search(query) {
      return this.index.search(query, { limit: FIRST, merge: true }).map(({ id }) => id).slice(0, FIRST);
    },
  },
  'Array.filter': {
    build(products) {
      this.texts = products.map(({ name, sku, barcode }) => folded(`${name} ${sku} ${barcode}`));
    },
    search(query) {
      const words = folded(query).split(' ').filter(Boolean);
      const places = [];
      this.texts.forEach((text, place) => words.every((word) => text.includes(word)) && places.push(place));
      return places.slice(0, FIRST);
    },
  },
};

let products;
let queries;

/** Makes the products and what is typed. */
export function prepare({ count, seed, tries }) {
  const roll = dice(seed);
  products = catalogue(count, roll);
  queries = Array.from({ length: tries }, (_, n) => {
    const place = roll(count);
    const text = products[place][['name', 'sku', 'barcode'][n % 3]];
    return { place, kind: ['name', 'SKU', 'barcode'][n % 3], text, wrong: withError(text, roll) };
  });
  return products.slice(0, 3);
}

/** Builds one engine's index: how long it takes, the longest stretch in which the page can do nothing else, and what it keeps. */
export async function build(name) {
  if (name === 'barrow') await barrow.build([]);
  const before = barrow.memory();
  const stretch = longestStretch();
  const start = performance.now();
  await ENGINES[name].build(products);
  const took = performance.now() - start;
  return { took, stretch: await stretch.end(), wasm: barrow.memory() - before };
}

/** Types every query key by key, right and with an error; then looks whether the product is among the first. */
export function type(name) {
  const engine = ENGINES[name];
  for (const { text } of queries.slice(0, 20)) engine.search(text);
  const times = { right: [], wrong: [] };
  const slow = [];
  const found = {};
  for (const { place, kind, text, wrong } of queries) {
    found[kind] ??= { tries: 0, right: 0, wrong: 0 };
    found[kind].tries += 1;
    for (const [how, typed] of Object.entries({ right: text, wrong })) {
      let last;
      for (let length = 1; length <= typed.length; length += 1) {
        const start = performance.now();
        last = engine.search(typed.slice(0, length));
        times[how].push(performance.now() - start);
        slow.push([times[how].at(-1), typed.slice(0, length)]);
      }
      found[kind][how] += last.includes(place);
    }
  }
  slow.sort(([a], [b]) => b - a);
  return { ...times, found, slowest: slow.slice(0, 5) };
}

function folded(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function longestStretch() {
  const { port1, port2 } = new MessageChannel();
  let [last, longest, going] = [performance.now(), 0, true];
  const note = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  port1.onmessage = () => {
    note();
    if (going) port2.postMessage(undefined);
  };
  port2.postMessage(undefined);
  return {
    async end() {
      await new Promise((resolve) => setTimeout(resolve));
      note();
      going = false;
      return longest;
    },
  };
}
