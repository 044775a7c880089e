// The till's journal on a throw-away till: signed, chained, sealed, on both disks. Stores of different names share nothing.
import init, { open_store } from './barrow_bench.js';

const script = new URL('./blackbox.js', import.meta.url).href;

/** Opens (or makes) the store `name`. */
export async function open({ name }) {
  await init();
  const store = await open_store(name, script);
  const parse = (texts) => texts.map((text) => JSON.parse(text));
  return {
    /** Resolves when a till would say "paid". */
    putOne: (sale) => store.put([JSON.stringify(sale)]),
    /** All or none, in one transaction. */
    putMany: (sales) => store.put(sales.map((sale) => JSON.stringify(sale))),
    /** Every sale, oldest first. */
    readAll: async () => parse(await store.read()),
    /** The newest `n` sales, newest first. */
    readNewest: async (n) => parse(await store.read(n)).reverse(),
    close: async () => store.close(),
  };
}
