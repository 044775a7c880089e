// The till's product search. `build` makes the index that `search` then uses; `search` gives places in the list, best first.
import init, { BenchSearch } from './barrow_bench.js';

/** Products between two turns of the page's other work: a few milliseconds. */
const SLICE = 1_000;
const BETWEEN = '\x1f';

let index;
let wasm;

/** `products`: objects with `name`, `sku`, `barcode`, `category`. The page goes on while it is built. */
export async function build(products) {
  wasm = await init();
  index?.free();
  index = new BenchSearch();
  for (let from = 0; from < products.length; from += SLICE) {
    const fields = products.slice(from, from + SLICE).flatMap(({ name, sku, barcode }) => [field(name), field(sku), field(barcode)]);
    index.add(fields.join(BETWEEN));
    await turn();
  }
  index.seal();
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

/** Lets the page do what waits: input, drawing. Timers would wait four milliseconds each. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
