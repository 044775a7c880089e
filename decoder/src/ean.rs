//! EAN-13, EAN-8, UPC-A and UPC-E (ISO/IEC 15420).

use crate::bars::{Bars, nearest};

/// Light, dark, light, dark of each digit, number set A; set B is the same from its other end, set C has A's widths in other colours.
const DIGITS: [[u8; 4]; 10] = [
    [3, 2, 1, 1],
    [2, 2, 2, 1],
    [2, 1, 2, 2],
    [1, 4, 1, 1],
    [1, 1, 3, 2],
    [1, 2, 3, 1],
    [1, 1, 1, 4],
    [1, 3, 1, 2],
    [1, 2, 1, 3],
    [3, 1, 1, 2],
];
/// Which of the six left digits are of set B, by the first digit of EAN-13: a bit each, the first digit's the highest.
const FIRST: [u8; 10] = [0b000000, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010];
/// The same of UPC-E, by the check digit, for number system 0; system 1 has the others.
const CHECK: [u8; 10] = [0b111000, 0b110100, 0b110010, 0b110001, 0b101100, 0b100110, 0b100011, 0b101010, 0b101001, 0b100101];

/// How far the elements of a digit may be off together (part of its width), and one alone (modules).
const DIGIT_OFF: (f32, f32) = (0.25, 0.7);
/// How far those of a guard may be.
const GUARD_OFF: (f32, f32) = (0.3, 0.7);
/// The light beside a code, modules. The standard asks for 7 or more; lines often cross what stands beside it.
const QUIET: f32 = 4.0;

/// In front of a UPC-E, until so many lines have said the same.
pub(crate) const UPC_E: &str = "]Ee";

/// The first code on the line.
pub(crate) fn read(bars: &Bars) -> Option<String> {
    bars.beginnings().find_map(|(quiet, code)| {
        let begins = is_guard(code.get(..3)?, [1, 1, 1]);
        let module = code.get(..3)?.iter().sum::<f32>() / 3.0;
        if !begins || quiet < QUIET * module {
            return None;
        }
        ean13(code).or_else(|| ean8(code)).or_else(|| upc_e(code))
    })
}

fn ean13(code: &[f32]) -> Option<String> {
    let (left, parity) = digits(code.get(3..27)?)?;
    let first = FIRST.iter().position(|sets| *sets == parity)?;
    let (right, parity) = digits(code.get(32..56)?)?;
    let whole = parity == 0 && is_guard(code.get(27..32)?, [1, 1, 1, 1, 1]) && ends(code, 56, [1, 1, 1]);
    let text = format!("{first}{left}{right}");
    (whole && has_check_digit(&text)).then(|| format!("]E0{text}"))
}

fn ean8(code: &[f32]) -> Option<String> {
    let (left, left_parity) = digits(code.get(3..19)?)?;
    let (right, right_parity) = digits(code.get(24..40)?)?;
    let whole =
        left_parity == 0 && right_parity == 0 && is_guard(code.get(19..24)?, [1, 1, 1, 1, 1]) && ends(code, 40, [1, 1, 1]);
    let text = format!("{left}{right}");
    (whole && has_check_digit(&text)).then(|| format!("]E4{text}"))
}

/// As the UPC-A that it stands for, with a zero in front: so do scanners that give AIM identifiers.
fn upc_e(code: &[f32]) -> Option<String> {
    let (six, parity) = digits(code.get(3..27)?)?;
    if !ends(code, 27, [1, 1, 1, 1, 1, 1]) {
        return None;
    }
    let of = |sets: u8| CHECK.iter().position(|known| *known == sets);
    let (system, check) = of(parity).map(|check| (0, check)).or_else(|| of(!parity & 0b111111).map(|check| (1, check)))?;
    let d = |from: usize, to: usize| six.get(from..to).unwrap_or_default();
    let eleven = match d(5, 6) {
        last @ ("0" | "1" | "2") => format!("{system}{}{last}0000{}", d(0, 2), d(2, 5)),
        "3" => format!("{system}{}00000{}", d(0, 3), d(3, 5)),
        "4" => format!("{system}{}00000{}", d(0, 4), d(4, 5)),
        last => format!("{system}{}0000{last}", d(0, 5)),
    };
    let text = format!("0{eleven}{check}");
    has_check_digit(&text).then(|| format!("{UPC_E}{text}"))
}

/// Digits of four elements each, and which of them are of set B, the first one's bit the highest.
fn digits(elements: &[f32]) -> Option<(String, u8)> {
    let (mut text, mut parity) = (String::new(), 0_u8);
    for digit in elements.chunks_exact(4) {
        let turned: Vec<f32> = digit.iter().rev().copied().collect();
        let (as_a, as_b) = (of(digit), of(&turned));
        // One of both is off by more than it may be, as no pattern reads like another from its other end.
        let (value, set) = match (as_a, as_b) {
            (Some(a), None) => (a, 0),
            (None, Some(b)) => (b, 1),
            (Some(a), Some(b)) => nearer(digit, &turned, a, b),
            (None, None) => return None,
        };
        text.push(char::from_digit(u32::try_from(value).ok()?, 10)?);
        parity = parity << 1 | set;
    }
    Some((text, parity))
}

fn of(digit: &[f32]) -> Option<usize> {
    nearest(digit, &DIGITS, DIGIT_OFF.0, DIGIT_OFF.1)
}

fn nearer(digit: &[f32], turned: &[f32], a: usize, b: usize) -> (usize, u8) {
    let off = |elements: &[f32], value: usize| {
        let module = elements.iter().sum::<f32>() / 7.0;
        let pattern = DIGITS.get(value).copied().unwrap_or_default();
        elements.iter().zip(pattern).map(|(element, modules)| (element - f32::from(modules) * module).abs()).sum::<f32>()
    };
    if off(digit, a) <= off(turned, b) { (a, 0) } else { (b, 1) }
}

fn is_guard<const N: usize>(elements: &[f32], pattern: [u8; N]) -> bool {
    nearest(elements, &[pattern], GUARD_OFF.0, GUARD_OFF.1).is_some()
}

/// The last guard, and light behind it.
fn ends<const N: usize>(code: &[f32], at: usize, pattern: [u8; N]) -> bool {
    let guard = code.get(at..at + N).filter(|guard| is_guard(guard, pattern));
    let module = guard.map(|guard| guard.iter().sum::<f32>() / N as f32);
    module.zip(code.get(at + N)).is_some_and(|(module, quiet)| *quiet >= QUIET * module)
}

/// Weights 3 and 1 from the right (GS1 General Specifications, 7.9).
fn has_check_digit(text: &str) -> bool {
    let sum: u32 = text.bytes().rev().enumerate().map(|(at, b)| u32::from(b - b'0') * if at % 2 == 0 { 1 } else { 3 }).sum();
    sum.is_multiple_of(10)
}
