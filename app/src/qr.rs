//! QR codes (ISO/IEC 18004), drawn as one path.

use leptos::{prelude::*, svg};
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// White around the code, in modules: the standard wants four.
const MARGIN: i32 = 4;

/// Draws `text`; nothing if it is too long for any code.
pub fn draw(text: &str, testid: &'static str, says: String) -> Option<impl IntoView + use<>> {
    let (side, path) = outline(text)?;
    let drawing = svg::svg()
        .attr("class", "qr")
        .attr("viewBox", format!("0 0 {side} {side}"))
        .attr("role", "img")
        .attr("aria-label", says)
        .attr("shape-rendering", "crispEdges")
        .attr("data-testid", testid)
        .attr("data-code", text.to_owned())
        .child(svg::path().attr("d", path));
    Some(drawing)
}

/// The side in modules, margin included, and the dark modules: each run of a row as one rectangle.
fn outline(text: &str) -> Option<(i32, String)> {
    let code = encode(text)?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let from = x;
            while x < size && code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                let run = x - from;
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", from + MARGIN, y + MARGIN));
            }
            x += 1;
        }
    }
    Some((size + 2 * MARGIN, path))
}

/// What is in capital letters and digits takes two thirds of the space; the sign that splits a link from its fragment stands between
/// two such parts.
fn encode(text: &str) -> Option<QrCode> {
    let parts: Vec<QrSegment> = text.split_inclusive('#').flat_map(segments).collect();
    QrCode::encode_segments_advanced(&parts, QrCodeEcc::Low, Version::MIN, Version::MAX, None::<Mask>, true).ok()
}

fn segments(part: &str) -> Vec<QrSegment> {
    let (body, sign) = part.strip_suffix('#').map_or((part, None), |body| (body, Some(QrSegment::make_bytes(b"#"))));
    QrSegment::make_segments(body).into_iter().chain(sign).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_receipts_code_stays_small_enough_for_a_narrow_roll() {
        let code = |proof: usize| format!("HTTPS://SHOP.EXAMPLE/R/{}#{}", "A".repeat(115), "B".repeat(proof * 8 / 5));
        // 58 mm rolls have 384 dots: four a module, the margin on the paper itself.
        assert!(outline(&code(220)).unwrap().0 - 2 * MARGIN <= 384 / 5);
        assert!(outline(&code(600)).unwrap().0 - 2 * MARGIN <= 384 / 3);
        let lower = code(220).to_lowercase();
        assert!(outline(&lower).unwrap().0 > outline(&code(220)).unwrap().0, "capital letters are what keeps it small");
        assert!(outline(&"x".repeat(4000)).is_none());
    }
}
