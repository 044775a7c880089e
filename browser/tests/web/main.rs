//! The till on real browsers' storage and keys: `wasm-pack test --headless --chrome|--firefox browser`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod authenticator;
mod cards;
mod delivery;
mod disks;
mod flushed;
mod indexing;
mod lock_out;
mod passkeys;
mod ports;
mod processor;
mod server;
mod signing_in;
mod stored_power;
mod stores;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
