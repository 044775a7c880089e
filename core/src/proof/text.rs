//! A receipt's code as text: base 32 in an alphabet that QR codes hold in their short form (ISO/IEC 18004, 7.4.4) and that scanners
//! type rightly on an English, a German and most other keyboards: no sign but digits and A to X, without I and O.

use super::{BadReceipt, ReceiptProof, SignedProof};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
/// The shortest run of these signs that is taken for a receipt's code: no proof is shorter, and no product's code is as long.
const RUN_MIN: usize = 160;

/// What stands in the receipt's QR: the link to the receipt, and behind it, where no server sees it, the proof. All of it in capital
/// letters, which a QR code holds in two thirds of the space.
pub fn write(origin: &str, link: &[u8], signed: &SignedProof) -> String {
    format!("{}/R/{}#{}", origin.to_ascii_uppercase(), encode(link), encode(&signed.to_bytes()))
}

/// Is this text, scanned or typed, a receipt's code?
pub fn is_code(text: &str) -> bool {
    run(text).len() >= RUN_MIN
}

/// Reads a receipt's code. What stands before its last run of signs is not looked at: a scanner that is set for another keyboard
/// garbles `:`, `/` and `#`.
///
/// # Errors
/// [`BadReceipt::Unreadable`], [`BadReceipt::Newer`].
pub fn read(text: &str) -> Result<(ReceiptProof, SignedProof), BadReceipt> {
    SignedProof::read(&decode(run(text)).ok_or(BadReceipt::Unreadable)?)
}

/// The text's last run of letters and digits.
fn run(text: &str) -> &str {
    let text = text.trim();
    let from =
        text.rfind(|c: char| !c.is_ascii_alphanumeric()).and_then(|at| text.get(at..)?.chars().next().map(|c| at + c.len_utf8()));
    text.get(from.unwrap_or(0)..).unwrap_or_default()
}

/// Five bits a sign, the highest first; what is missing of the last five is zero.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(sign(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(sign(held << (5 - bits)));
    }
    out
}

/// Reads what [`encode`] wrote, in either case. Nothing for anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut held, mut bits) = (0u32, 0);
    for c in text.bytes() {
        let value = ALPHABET.iter().position(|sign| *sign == c.to_ascii_uppercase())?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
        held &= (1 << bits) - 1;
    }
    (held == 0 && bits < 5).then_some(out)
}

fn sign(value: u32) -> char {
    char::from(ALPHABET[(value & 31) as usize])
}
