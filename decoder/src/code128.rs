//! Code 128 (ISO/IEC 15417), all three code sets; GS1-128 is one that begins with FNC1.

use crate::bars::{Bars, nearest};

/// Dark, light, dark, … of each symbol character, by its value.
const CHARACTERS: [[u8; 6]; 106] = [
    [2, 1, 2, 2, 2, 2],
    [2, 2, 2, 1, 2, 2],
    [2, 2, 2, 2, 2, 1],
    [1, 2, 1, 2, 2, 3],
    [1, 2, 1, 3, 2, 2],
    [1, 3, 1, 2, 2, 2],
    [1, 2, 2, 2, 1, 3],
    [1, 2, 2, 3, 1, 2],
    [1, 3, 2, 2, 1, 2],
    [2, 2, 1, 2, 1, 3],
    [2, 2, 1, 3, 1, 2],
    [2, 3, 1, 2, 1, 2],
    [1, 1, 2, 2, 3, 2],
    [1, 2, 2, 1, 3, 2],
    [1, 2, 2, 2, 3, 1],
    [1, 1, 3, 2, 2, 2],
    [1, 2, 3, 1, 2, 2],
    [1, 2, 3, 2, 2, 1],
    [2, 2, 3, 2, 1, 1],
    [2, 2, 1, 1, 3, 2],
    [2, 2, 1, 2, 3, 1],
    [2, 1, 3, 2, 1, 2],
    [2, 2, 3, 1, 1, 2],
    [3, 1, 2, 1, 3, 1],
    [3, 1, 1, 2, 2, 2],
    [3, 2, 1, 1, 2, 2],
    [3, 2, 1, 2, 2, 1],
    [3, 1, 2, 2, 1, 2],
    [3, 2, 2, 1, 1, 2],
    [3, 2, 2, 2, 1, 1],
    [2, 1, 2, 1, 2, 3],
    [2, 1, 2, 3, 2, 1],
    [2, 3, 2, 1, 2, 1],
    [1, 1, 1, 3, 2, 3],
    [1, 3, 1, 1, 2, 3],
    [1, 3, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 3],
    [1, 3, 2, 1, 1, 3],
    [1, 3, 2, 3, 1, 1],
    [2, 1, 1, 3, 1, 3],
    [2, 3, 1, 1, 1, 3],
    [2, 3, 1, 3, 1, 1],
    [1, 1, 2, 1, 3, 3],
    [1, 1, 2, 3, 3, 1],
    [1, 3, 2, 1, 3, 1],
    [1, 1, 3, 1, 2, 3],
    [1, 1, 3, 3, 2, 1],
    [1, 3, 3, 1, 2, 1],
    [3, 1, 3, 1, 2, 1],
    [2, 1, 1, 3, 3, 1],
    [2, 3, 1, 1, 3, 1],
    [2, 1, 3, 1, 1, 3],
    [2, 1, 3, 3, 1, 1],
    [2, 1, 3, 1, 3, 1],
    [3, 1, 1, 1, 2, 3],
    [3, 1, 1, 3, 2, 1],
    [3, 3, 1, 1, 2, 1],
    [3, 1, 2, 1, 1, 3],
    [3, 1, 2, 3, 1, 1],
    [3, 3, 2, 1, 1, 1],
    [3, 1, 4, 1, 1, 1],
    [2, 2, 1, 4, 1, 1],
    [4, 3, 1, 1, 1, 1],
    [1, 1, 1, 2, 2, 4],
    [1, 1, 1, 4, 2, 2],
    [1, 2, 1, 1, 2, 4],
    [1, 2, 1, 4, 2, 1],
    [1, 4, 1, 1, 2, 2],
    [1, 4, 1, 2, 2, 1],
    [1, 1, 2, 2, 1, 4],
    [1, 1, 2, 4, 1, 2],
    [1, 2, 2, 1, 1, 4],
    [1, 2, 2, 4, 1, 1],
    [1, 4, 2, 1, 1, 2],
    [1, 4, 2, 2, 1, 1],
    [2, 4, 1, 2, 1, 1],
    [2, 2, 1, 1, 1, 4],
    [4, 1, 3, 1, 1, 1],
    [2, 4, 1, 1, 1, 2],
    [1, 3, 4, 1, 1, 1],
    [1, 1, 1, 2, 4, 2],
    [1, 2, 1, 1, 4, 2],
    [1, 2, 1, 2, 4, 1],
    [1, 1, 4, 2, 1, 2],
    [1, 2, 4, 1, 1, 2],
    [1, 2, 4, 2, 1, 1],
    [4, 1, 1, 2, 1, 2],
    [4, 2, 1, 1, 1, 2],
    [4, 2, 1, 2, 1, 1],
    [2, 1, 2, 1, 4, 1],
    [2, 1, 4, 1, 2, 1],
    [4, 1, 2, 1, 2, 1],
    [1, 1, 1, 1, 4, 3],
    [1, 1, 1, 3, 4, 1],
    [1, 3, 1, 1, 4, 1],
    [1, 1, 4, 1, 1, 3],
    [1, 1, 4, 3, 1, 1],
    [4, 1, 1, 1, 1, 3],
    [4, 1, 1, 3, 1, 1],
    [1, 1, 3, 1, 4, 1],
    [1, 1, 4, 1, 3, 1],
    [3, 1, 1, 1, 4, 1],
    [4, 1, 1, 1, 3, 1],
    [2, 1, 1, 4, 1, 2],
    [2, 1, 1, 2, 1, 4],
    [2, 1, 1, 2, 3, 2],
];
/// The stop character, with the bar that ends it.
const STOP: [u8; 7] = [2, 3, 3, 1, 1, 1, 2];

/// How far the elements of a character may be off together (part of its width), and one alone (modules).
const OFF: (f32, f32) = (0.2, 0.7);
/// The light beside a code, modules. The standard asks for 10; lines often cross what stands beside it.
const QUIET: f32 = 5.0;
/// The most characters that are read.
const LENGTH_MAX: usize = 80;
/// What stands for FNC1 within a code (GS1 General Specifications, 7.8.3).
const SEPARATOR: char = '\u{1d}';

const SHIFT: usize = 98;
const TO_C: usize = 99;
const TO_B: usize = 100;
const TO_A: usize = 101;
const FNC1: usize = 102;
const START_A: usize = 103;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    A,
    B,
    C,
}

/// The first code on the line.
pub(crate) fn read(bars: &Bars) -> Option<String> {
    bars.beginnings().find_map(|(quiet, code)| {
        let start = code.get(..6)?;
        let module = start.iter().sum::<f32>() / 11.0;
        let begins = quiet >= QUIET * module && character(start)? >= START_A;
        if begins { text(&values(code)?) } else { None }
    })
}

fn character(elements: &[f32]) -> Option<usize> {
    nearest(elements, &CHARACTERS, OFF.0, OFF.1)
}

/// The values from start to check character, whose sum is right.
fn values(code: &[f32]) -> Option<Vec<usize>> {
    let mut values = Vec::new();
    for at in (0..code.len()).step_by(6).take(LENGTH_MAX) {
        if let Some(stop) = code.get(at..at + 7)
            && nearest(stop, &[STOP], OFF.0, OFF.1).is_some()
        {
            let module = stop.iter().sum::<f32>() / 13.0;
            let quiet = code.get(at + 7).is_some_and(|quiet| *quiet >= QUIET * module);
            let check = values.pop()?;
            let sum: usize = values.iter().enumerate().map(|(place, value)| place.max(1) * value).sum();
            return (quiet && values.len() > 1 && sum % 103 == check).then_some(values);
        }
        values.push(character(code.get(at..at + 6)?)?);
    }
    None
}

/// What the values say.
fn text(values: &[usize]) -> Option<String> {
    let (start, rest) = values.split_first()?;
    let mut set = [Set::A, Set::B, Set::C].get(start.checked_sub(START_A)?).copied()?;
    let (mut text, mut gs1, mut shifted) = (String::new(), false, false);
    for (place, value) in rest.iter().enumerate() {
        let here = match (set, std::mem::take(&mut shifted)) {
            (Set::A, true) => Set::B,
            (Set::B, true) => Set::A,
            (set, _) => set,
        };
        match (here, *value) {
            (_, FNC1) if place == 0 => gs1 = true,
            (_, FNC1) => text.push(SEPARATOR),
            (Set::C, two @ 0..=99) => text.push_str(&format!("{two:02}")),
            (Set::A, value @ 0..=63) | (Set::B, value @ 0..=95) => text.push(ascii(value + 32)?),
            (Set::A, value @ 64..=95) => text.push(ascii(value - 64)?),
            (_, SHIFT) => shifted = true,
            (_, TO_C) => set = Set::C,
            (Set::A | Set::C, TO_B) => set = Set::B,
            (Set::B | Set::C, TO_A) => set = Set::A,
            // FNC2, FNC3 and FNC4 are for the scanner, and no part of a code.
            (_, 96 | 97 | TO_B | TO_A) => {}
            _ => return None,
        }
    }
    (!text.is_empty()).then(|| format!("{}{text}", if gs1 { "]C1" } else { "]C0" }))
}

fn ascii(value: usize) -> Option<char> {
    u8::try_from(value).ok().map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_eleven_modules_and_no_other() {
        for (value, widths) in CHARACTERS.iter().enumerate() {
            assert_eq!(widths.iter().sum::<u8>(), 11, "{value}");
            // The dark ones come to an even number of modules in each.
            assert_eq!(widths.iter().step_by(2).sum::<u8>() % 2, 0, "{value}");
            assert_eq!(CHARACTERS.iter().filter(|other| *other == widths).count(), 1, "{value}");
        }
    }

    #[test]
    fn the_sets_change_and_shift() {
        // Start B, "a", shift, (set A) 65 = 0x01, "b", to C, 42, to A, "A".
        assert_eq!(text(&[104, 65, 98, 65, 66, 99, 42, 101, 33]).as_deref(), Some("]C0a\u{1}b42A"));
        assert_eq!(text(&[105, 102, 1, 9, 50]).as_deref(), Some("]C1010950"));
        assert_eq!(text(&[103]), None);
        assert_eq!(text(&[10, 11]), None, "no start");
    }
}
