//! Starts the back office in the browser.

fn main() {
    #[cfg(target_arch = "wasm32")]
    barrow_office::page::start();
    #[cfg(not(target_arch = "wasm32"))]
    println!("The office is a page for browsers: `make run` builds it and serves it at /office.");
}
