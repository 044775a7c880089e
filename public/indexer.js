// Indexes a large catalogue for its search, beside the page: `{id, products, last}` in (as core::search packs them), `{id, value}` out,
// the segments that are finished by then, or `{id, error}`. xtask writes the names of the module's files, which hold their hashes.
import init, { Catalogue } from './barrow-indexer.js';

const WASM = './barrow-indexer_bg.wasm';

let catalogue;

self.onmessage = async ({ data: { id, products, last } }) => {
  try {
    catalogue ??= init({ module_or_path: new URL(WASM, self.location.href) }).then(() => new Catalogue());
    const segments = (await catalogue).add(products, last);
    self.postMessage({ id, value: segments }, segments.map(({ buffer }) => buffer));
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};
