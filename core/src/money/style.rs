//! How numbers are written for people, and how what they type is read: one style for each language and currency.
//!
//! The page takes it from the browser's `Intl.NumberFormat` and hands it in with the configuration. It is never stored, signed
//! or sent: whatever is compared somewhere else is written in the canonical style, which is that of no `Style` at all.

/// What stands before and after the digits of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affixes {
    /// Before the first digit.
    pub before: String,
    /// After the last one.
    pub after: String,
}

/// How numbers, amounts of one currency and percentages are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Between the whole part and the decimals.
    pub decimal: String,
    /// Between groups of digits.
    pub group: String,
    /// The digit zero; the nine others follow it in Unicode.
    pub zero: char,
    /// Digits of the group next to the decimal separator.
    pub first_group: usize,
    /// Digits of each group before it: 2 in India, mostly as many as in the first.
    pub other_groups: usize,
    /// A whole part with fewer digits has no groups: 5 in Spanish, mostly 4.
    pub grouped_from: usize,
    /// Before a number below zero.
    pub minus: String,
    /// Around an amount, its sign left aside.
    pub amount: Affixes,
    /// Around an amount below zero.
    pub below_zero: Affixes,
    /// Around a percentage.
    pub percent: Affixes,
}

impl Style {
    /// Writes a number that stands as the canonical style has it: ASCII digits, `.` and a sign, such as `-1234.5`. Without groups,
    /// so that a person may go on typing in it.
    pub fn number(&self, canonical: &str) -> String {
        let letter = |c: char| match c {
            '.' => self.decimal.clone(),
            '-' | '−' => self.minus.clone(),
            c => self.digit(c).to_string(),
        };
        canonical.chars().map(letter).collect()
    }

    /// The digits of an amount, without its sign, grouped.
    pub(super) fn digits(&self, canonical: &str) -> String {
        let (whole, part) = canonical.split_once('.').unwrap_or((canonical, ""));
        let groups = whole.len() >= self.grouped_from.max(1) && self.first_group > 0;
        let mut text = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && groups && self.begins_group(whole.len() - place) {
                text.push_str(&self.group);
            }
            text.push(self.digit(digit));
        }
        if !part.is_empty() {
            text.push_str(&self.decimal);
            text.extend(part.chars().map(|digit| self.digit(digit)));
        }
        text
    }

    /// Does a group begin where so many digits are left?
    fn begins_group(&self, left: usize) -> bool {
        left == self.first_group
            || (left > self.first_group && (left - self.first_group).is_multiple_of(self.other_groups.max(1)))
    }

    fn digit(&self, ascii: char) -> char {
        ascii.to_digit(10).and_then(|value| char::from_u32(self.zero as u32 + value)).unwrap_or(ascii)
    }
}

/// What a person typed, with the digits and separators of other scripts as ASCII has them: Arabic-Indic (both rows), full-width,
/// and the Arabic decimal sign. Marks that only steer the direction of writing are left out.
pub fn as_ascii(text: &str) -> String {
    let row = |c: char, zero: char| char::from_u32(c as u32 - zero as u32 + '0' as u32).unwrap_or(c);
    let folded = |c: char| match c {
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2066}'..='\u{2069}' => None,
        '٠'..='٩' => Some(row(c, '٠')),
        '۰'..='۹' => Some(row(c, '۰')),
        '０'..='９' => Some(row(c, '０')),
        '٫' | '．' => Some('.'),
        '，' => Some(','),
        c => Some(c),
    };
    text.chars().filter_map(folded).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn german() -> Style {
        let after = |before: &str| Affixes { before: before.into(), after: "\u{a0}€".into() };
        Style {
            decimal: ",".into(),
            group: ".".into(),
            zero: '0',
            first_group: 3,
            other_groups: 3,
            grouped_from: 4,
            minus: "−".into(),
            amount: after(""),
            below_zero: after("−"),
            percent: Affixes { before: String::new(), after: "\u{a0}%".into() },
        }
    }

    #[test]
    fn amounts_follow_the_style_and_are_read_back() {
        let eur = Currency { style: Some(Box::new(german())), ..Currency::eur() };
        assert_eq!(eur.format(Minor(123_456_789)), "1.234.567,89\u{a0}€");
        assert_eq!(eur.format(Minor(-5)), "−0,05\u{a0}€");
        assert_eq!(eur.parse("0,05\u{a0}€"), Ok(Minor(5)));
        assert_eq!(eur.canonical().format(Minor(-123_456)), "−€1,234.56");
        assert_eq!(eur.quantity(Milli(1_234_500)), "1234,5");
        assert_eq!(eur.percent(crate::tax::Ppm(125_000)), "12,5\u{a0}%");
    }

    #[test]
    fn groups_are_those_of_the_language() {
        let hindi = Style { group: ",".into(), decimal: ".".into(), zero: '०', other_groups: 2, ..german() };
        assert_eq!((hindi.digits("12345678.5"), hindi.number("-1234.5")), ("१,२३,४५,६७८.५".into(), "−१२३४.५".into()));
        let spanish = Style { grouped_from: 5, ..german() };
        assert_eq!((spanish.digits("1234"), spanish.digits("12345")), ("1234".into(), "12.345".into()));
    }

    #[test]
    fn what_is_typed_in_another_script_is_read() {
        let eur = Currency::eur();
        for text in ["١٢٫٥٠", "۱۲٫۵", "１２．５０", "\u{200f}١٢,٥"] {
            assert_eq!(eur.parse(text), Ok(Minor(1250)), "{text}");
        }
        assert_eq!(Milli::parse("٠٫٣٥"), Some(Milli(350)));
    }
}
