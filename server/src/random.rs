//! Randomness from the operating system.

use std::process;

/// Fills `out` with bytes that nobody can guess. Without a source of them there is no safe way on, so the program ends.
pub fn fill(out: &mut [u8]) {
    if let Err(fault) = getrandom::fill(out) {
        eprintln!("barrow-server: the operating system gives no random bytes ({fault}); stopping");
        process::abort();
    }
}

/// `N` fresh random bytes.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out);
    out
}
