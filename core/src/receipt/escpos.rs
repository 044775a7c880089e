//! The bytes for receipt printers: ESC/POS, as Epson documents it and nearly every other printer understands.

use super::{
    Document, Place, Raster, Weight,
    code_page::CodePage,
    layout::{Line, lines},
};
use crate::printer::Width;

/// `ESC p 0 25 250`: a pulse of 50 ms on the drawer's first pin.
const DRAWER: [u8; 5] = [0x1b, b'p', 0, 25, 250];
/// `GS V 66 0`: feed to the knife, and cut but for one point.
const CUT: [u8; 4] = [0x1d, b'V', 66, 0];
/// Bytes that a QR code holds at error correction M, by version (ISO/IEC 18004, table 7).
const QR_BYTES: [usize; 40] = [
    14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666, 711, 779, 857, 911, 997, 1059,
    1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989, 2099, 2213, 2331,
];
/// The largest dots that a QR code is made of.
const QR_DOT_MAX: usize = 6;

/// The bytes that open the cash drawer.
pub fn drawer() -> Vec<u8> {
    DRAWER.to_vec()
}

/// The bytes that print `document` and cut the paper. `when` writes a moment for people.
pub fn print(document: &Document, width: Width, page: CodePage, when: &dyn Fn(i64) -> String) -> Vec<u8> {
    let mut out = vec![0x1b, b'@', 0x1b, b't', page.number()];
    let (mut place, mut weight) = (Place::Start, Weight::Plain);
    for line in lines(document, width.columns(), when, &|text| page.letters(text)) {
        let (now_place, now_weight) = match &line {
            Line::Text { place, weight, .. } => (*place, *weight),
            Line::Logo(_) | Line::Qr(_) => (Place::Centre, Weight::Plain),
        };
        if now_place != place {
            out.extend([0x1b, b'a', u8::from(now_place == Place::Centre)]);
        }
        if (now_weight == Weight::Plain) != (weight == Weight::Plain) {
            out.extend([0x1b, b'E', u8::from(now_weight != Weight::Plain)]);
        }
        if (now_weight == Weight::Large) != (weight == Weight::Large) {
            out.extend([0x1d, b'!', if now_weight == Weight::Large { 0x11 } else { 0 }]);
        }
        (place, weight) = (now_place, now_weight);
        match line {
            Line::Text { text, .. } => {
                out.extend(page.bytes(&text));
                out.push(b'\n');
            }
            Line::Logo(raster) => logo(&mut out, &raster, width),
            Line::Qr(text) => qr(&mut out, text.as_bytes(), width),
        }
    }
    out.extend(CUT);
    out
}

/// `GS v 0`: a raster picture. One that is not what it says, or wider than the roll, is left out.
fn logo(out: &mut Vec<u8>, raster: &Raster, width: Width) {
    if !raster.is_whole() || usize::from(raster.width) > width.dots() {
        return;
    }
    let [x, y] = [raster.width.div_ceil(8), raster.height].map(u16::to_le_bytes);
    out.extend([0x1d, b'v', b'0', 0, x[0], x[1], y[0], y[1]]);
    out.extend(&raster.bits.0);
}

/// `GS ( k`: the printer makes the QR code, model 2, error correction M, of the largest dots that fit. A text that no QR code holds
/// is left out.
fn qr(out: &mut Vec<u8>, text: &[u8], width: Width) {
    let Some(version) = QR_BYTES.iter().position(|bytes| text.len() <= *bytes) else { return };
    // With a quiet zone of four dots on each side.
    let across = 21 + 4 * version + 8;
    let dot = u8::try_from((width.dots() / across).clamp(1, QR_DOT_MAX)).unwrap_or(1);
    let mut function = |parameters: &[u8]| {
        let length = u16::try_from(parameters.len()).unwrap_or(u16::MAX).to_le_bytes();
        out.extend([0x1d, b'(', b'k', length[0], length[1]]);
        out.extend(parameters);
    };
    function(&[b'1', b'A', b'2', 0]);
    function(&[b'1', b'C', dot]);
    function(b"1E1");
    function(&[b"1P0", text].concat());
    function(b"1Q0");
    out.push(b'\n');
}
