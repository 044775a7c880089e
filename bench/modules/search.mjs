// The till's product search. `build` makes the index that `search` then uses; `search` gives places in the list, best first.
import init, { BenchSearch } from './barrow_bench.js';

const BETWEEN = '\x1f';

let index;
let wasm;

/** `products`: objects with `name`, `sku`, `barcode`, `category`. They are indexed in a worker; the page goes on meanwhile. */
export async function build(products) {
  wasm = await init();
  index?.free();
  index = new BenchSearch();
  const fields = ({ name, sku, barcode }) => [field(name), field(sku), field(barcode)];
  const script = new URL('./indexer.js', import.meta.url).href;
  await index.index(script, products.length, (from, to) => products.slice(from, to).flatMap(fields).join(BETWEEN));
}

/** At most `limit` places, best first. */
export function search(query, limit) {
  return Array.from(index.search(query, limit));
}

/** How much memory the module has, bytes: it never gives any back. */
export function memory() {
  return wasm?.memory.buffer.byteLength ?? 0;
}

function field(value) {
  return String(value ?? '').replaceAll(BETWEEN, ' ');
}
