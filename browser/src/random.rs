//! Random bytes from the browser.

use wasm_bindgen::JsValue;

use crate::scope::scope;

/// Fills `out` from `crypto.getRandomValues`. Where that fails, nothing that follows may happen: it throws.
pub(crate) fn fill(out: &mut [u8]) {
    // One call gives at most 65,536 bytes.
    for part in out.chunks_mut(65_536) {
        let filled = scope().crypto().map(|crypto| crypto.get_random_values_with_u8_array(part).is_ok());
        if filled != Some(true) {
            wasm_bindgen::throw_val(JsValue::from_str("the browser gives no random bytes"));
        }
    }
}

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out);
    out
}

/// A random number, uniform in 0..2³².
pub(crate) fn number() -> u32 {
    u32::from_le_bytes(bytes())
}
