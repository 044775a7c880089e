//! Letters as receipt printers have them: one byte each, by a code page that is chosen with `ESC t`.
//!
//! Two pages hold what Western Europe writes, the euro sign included, and every printer of note has one of them. What a page lacks
//! is written with the letters that it has (`ł` as `l`, `…` as `...`), and as `?` where there is no such way: Greek, Cyrillic,
//! Arabic and Asian scripts need a printer of their own, or the system's printing, which draws any script.

use serde::{Deserialize, Serialize};

/// A code page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePage {
    /// Windows-1252, `ESC t 16`.
    #[default]
    Wpc1252,
    /// IBM code page 858 (850 with the euro sign), `ESC t 19`.
    Pc858,
}

/// Bytes 0x80 to 0x9f of Windows-1252; those above are as in Unicode. `\u{fffd}`: not assigned.
const WPC1252: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

/// Bytes 0x80 to 0xff of code page 858.
const PC858: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// What is written for letters that neither page has, or only one of them.
const INSTEAD: &[(&str, &str)] = &[
    ("−‐‑‒–—―", "-"),
    ("‘’‚‛′", "'"),
    ("“”„‟″", "\""),
    ("•‣", "*"),
    ("\u{a0}\u{2007}\u{2009}\u{202f}\u{2002}\u{2003}", " "),
    ("…", "..."),
    ("ĀĂĄǍ", "A"),
    ("āăąǎ", "a"),
    ("ĆĈĊČ", "C"),
    ("ćĉċč", "c"),
    ("ĎĐ", "D"),
    ("ďđ", "d"),
    ("ĒĔĖĘĚ", "E"),
    ("ēĕėęě", "e"),
    ("ĜĞĠĢ", "G"),
    ("ĝğġģ", "g"),
    ("ĤĦ", "H"),
    ("ĥħ", "h"),
    ("ĨĪĬĮİ", "I"),
    ("ĩīĭįı", "i"),
    ("Ĵ", "J"),
    ("ĵ", "j"),
    ("Ķ", "K"),
    ("ķĸ", "k"),
    ("ĹĻĽĿŁ", "L"),
    ("ĺļľŀł", "l"),
    ("ŃŅŇŊ", "N"),
    ("ńņňŉŋ", "n"),
    ("ŌŎŐ", "O"),
    ("ōŏő", "o"),
    ("Œ", "OE"),
    ("œ", "oe"),
    ("ŔŖŘ", "R"),
    ("ŕŗř", "r"),
    ("ŚŜŞŠȘ", "S"),
    ("śŝşšșſ", "s"),
    ("ẞ", "SS"),
    ("ŢŤŦȚ", "T"),
    ("ţťŧț", "t"),
    ("ŨŪŬŮŰŲ", "U"),
    ("ũūŭůűų", "u"),
    ("Ŵ", "W"),
    ("ŵ", "w"),
    ("ŶŸ", "Y"),
    ("ŷ", "y"),
    ("ŹŻŽ", "Z"),
    ("źżž", "z"),
    ("™", "TM"),
    ("‰", "o/oo"),
    ("₹", "Rs"),
    ("₺", "TL"),
    ("₩", "W"),
    ("₽", "RUB"),
    ("₫", "d"),
];

impl CodePage {
    /// Both.
    pub const ALL: [CodePage; 2] = [CodePage::Wpc1252, CodePage::Pc858];

    /// What `ESC t` calls it.
    pub fn number(self) -> u8 {
        match self {
            CodePage::Wpc1252 => 16,
            CodePage::Pc858 => 19,
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            CodePage::Wpc1252 => "WPC1252",
            CodePage::Pc858 => "PC858",
        }
    }

    /// `text` in letters that the page has, each of them one byte. Nothing in it is a command: control characters are spaces.
    pub fn letters(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for letter in text.chars() {
            if letter.is_control() {
                out.push(' ');
            } else if letter == '\u{ad}' {
                // A soft hyphen is a place to break, and no letter.
            } else if let Some((_, instead)) = INSTEAD.iter().find(|(all, _)| all.contains(letter)).filter(|_| self.lacks(letter))
            {
                out.push_str(instead);
            } else {
                out.push(if self.lacks(letter) { '?' } else { letter });
            }
        }
        out
    }

    /// The bytes of letters that the page has; `?` for any other.
    pub fn bytes(self, letters: &str) -> Vec<u8> {
        letters.chars().map(|letter| self.byte(letter).unwrap_or(b'?')).collect()
    }

    /// The letter of a byte; nothing where none is assigned.
    pub fn letter(self, byte: u8) -> Option<char> {
        let high = |page: &str, from: u8| page.chars().nth(usize::from(byte - from)).filter(|letter| *letter != '\u{fffd}');
        match (self, byte) {
            (_, 0x20..0x7f) => Some(char::from(byte)),
            (_, ..0x80) => None,
            (CodePage::Wpc1252, 0x80..0xa0) => high(WPC1252, 0x80),
            (CodePage::Wpc1252, _) => Some(char::from(byte)),
            (CodePage::Pc858, _) => high(PC858, 0x80),
        }
    }

    fn lacks(self, letter: char) -> bool {
        // No-break spaces are in both pages, and printers differ in what they make of them.
        letter == '\u{a0}' || self.byte(letter).is_none()
    }

    fn byte(self, letter: char) -> Option<u8> {
        let high = |page: &str, from: u8| page.chars().zip(from..=u8::MAX).find(|(one, _)| *one == letter).map(|(_, byte)| byte);
        match (self, letter) {
            (_, ' '..='~') => u8::try_from(letter).ok(),
            (_, '\u{fffd}') => None,
            (CodePage::Wpc1252, '\u{a0}'..='\u{ff}') => u8::try_from(letter).ok(),
            (CodePage::Wpc1252, _) => high(WPC1252, 0x80),
            (CodePage::Pc858, _) => high(PC858, 0x80),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pages_are_whole_and_read_back() {
        assert_eq!((WPC1252.chars().count(), PC858.chars().count()), (32, 128));
        for page in CodePage::ALL {
            for byte in 0x20..=u8::MAX {
                if let Some(letter) = page.letter(byte) {
                    assert_eq!(page.byte(letter), Some(byte), "{page:?} {letter}");
                }
            }
        }
        assert_eq!(CodePage::Wpc1252.bytes("€ä–"), [0x80, 0xe4, 0x96]);
        assert_eq!(CodePage::Pc858.bytes("€äß"), [0xd5, 0x84, 0xe1]);
    }

    #[test]
    fn what_a_page_lacks_is_written_with_what_it_has() {
        assert_eq!(CodePage::Wpc1252.letters("−€1 zł Čeština… Œuvre"), "-€1 zl Ceština… Œuvre");
        assert_eq!(CodePage::Pc858.letters("−€1 zł Čeština… Œuvre"), "-€1 zl Cestina... OEuvre");
        assert_eq!(CodePage::Wpc1252.letters("東京\u{1b}@\n"), "?? @ ", "no command comes in by a name");
    }
}
