// The till's product search. `build` makes the index that `search` then uses; `search` gives places in the list, best first.
import init, { build_search } from './barrow_bench.js';

let index;

/** `products`: objects with `name`, `sku`, `barcode`, `category`. */
export async function build(products) {
  await init();
  index = build_search(products);
}

/** At most `limit` places, best first. */
export function search(query, limit) {
  return Array.from(index.search(query, limit));
}
