//! What `dist/bench/store.mjs` and `dist/bench/search.mjs` wrap: the code that the till runs, on a throw-away till.

#![cfg(target_arch = "wasm32")]

mod search;
mod store;
