//! Barcodes in camera pictures: EAN-13, EAN-8, UPC-A, UPC-E and Code 128 (GS1-128 too) along lines in twelve directions, and QR codes by
//! `rqrr`. What is read comes with its AIM identifier in front (ISO/IEC 15424), as scanners that are set so send it: `]E0`, `]C1`, `]Q1`.
//!
//! | file | what |
//! |---|---|
//! | `picture` | brightness, and lines through it |
//! | `bars` | a line as widths of dark and light |
//! | `ean` | EAN and UPC |
//! | `code128` | Code 128 |
//!
//! *Invariant: it never guesses.* A code along a line counts when at least two lines of one picture say the same, each with its check
//! digit, its quiet zones and its guards.

mod bars;
mod code128;
mod ean;
mod picture;

pub use picture::Picture;

use picture::Line;

/// So many lines of one picture must agree.
const LINES_MIN: usize = 2;
/// The same for UPC-E, which has only 33 elements and no second half to check the first by.
const LINES_MIN_SHORT: usize = 4;

/// The code in a picture of `width` × `height` pixels, four bytes each (red, green, blue, and what does not count), as a canvas gives them.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn read(rgba: &[u8], width: usize, height: usize) -> Option<String> {
    decode(&Picture::from_rgba(rgba, width, height)?)
}

/// The code in a picture, with its AIM identifier.
pub fn decode(picture: &Picture) -> Option<String> {
    along_lines(picture).or_else(|| qr(picture))
}

fn along_lines(picture: &Picture) -> Option<String> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for line in picture.lines() {
        if let Some(found) = on_line(&line) {
            let needed = if found.starts_with(ean::UPC_E) { LINES_MIN_SHORT } else { LINES_MIN };
            let count = match seen.iter_mut().find(|(text, _)| *text == found) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    seen.push((found.clone(), 1));
                    1
                }
            };
            if count >= needed {
                return Some(found.replacen(ean::UPC_E, "]E0", 1));
            }
        }
    }
    None
}

/// What stands on one line, read in both directions and with two ideas of what is dark.
fn on_line(line: &Line) -> Option<String> {
    line.both_thresholds().find_map(|bars| {
        let read = |bars: &bars::Bars| ean::read(bars).or_else(|| code128::read(bars));
        read(&bars).or_else(|| read(&bars.reversed()))
    })
}

fn qr(picture: &Picture) -> Option<String> {
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(picture.width(), picture.height(), |x, y| picture.luma(x, y));
    let grids = prepared.detect_grids();
    let text = grids.into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)?;
    (!text.is_empty()).then(|| format!("]Q1{text}"))
}
