//! Background sync: what the service worker's script calls when the page may be gone.
//!
//! The script registers all listeners and serves the shell; this is loaded once, when something is to be sent. It needs no
//! key of anybody's: the outbox is sealed to the server, and requests are signed with the till's own key. It is a part of the
//! page's own module, which is in the cache already (`docs/adr/0007`).

use std::rc::Rc;

use barrow_browser::{Parts, uploader};
use wasm_bindgen::prelude::wasm_bindgen;

/// The till's name in this browser, as the page has it.
const NAME: &str = "barrow";

/// Sends what waits. True, when nothing is left; false, if it is worth trying again later.
#[wasm_bindgen]
pub async fn drain() -> bool {
    let Ok(parts) = Parts::of_browser(NAME, "") else { return false };
    uploader::drain_in_background(&parts.name, Rc::clone(&parts.store), parts.transport).await.unwrap_or(false)
}
