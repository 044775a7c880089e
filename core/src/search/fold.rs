//! Writing as it is compared: without case, accents, widths and separators, so that what people type meets what a shop wrote.

/// `À` to `ſ`, one letter for each; digits stand for [`LIGATURES`], `-` for what is no letter.
const LATIN: &[u8; 192] = b"aaaaaa3ceeeeiiiidnooooo-ouuuuy52aaaaaa3ceeeeiiiidnooooo-ouuuuy5yaaaaaaccccccccddddeeeeeeeeee\
gggggggghhhhiiiiiiiiii66jjkkkllllllllllnnnnnnnnnoooooo44rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
/// `Ḁ` to `ỿ`, as [`LATIN`].
const LATIN_MORE: &[u8; 256] = b"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppp\
rrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyasss2daaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooo\
oooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy";
/// What the digits `2` to `6` of the tables stand for.
const LIGATURES: [&str; 5] = ["ss", "ae", "oe", "th", "ij"];
/// Half-width katakana, `ｦ` to `ﾝ`.
const KATAKANA: &str =
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// Appends `text` to `out`, folded. What separates words becomes a space; marks that only decorate a letter vanish.
pub(super) fn fold(text: &str, out: &mut String) {
    if text.is_ascii() {
        text.as_bytes().chunks(64).for_each(|chunk| fold_ascii(chunk, out));
    } else {
        text.chars().for_each(|c| fold_char(c, out));
    }
}

/// Nearly all of a catalogue goes through here: many at a time, since pushing each alone takes longer than all the rest.
fn fold_ascii(chunk: &[u8], out: &mut String) {
    let mut folded = [b' '; 64];
    for (to, from) in folded.iter_mut().zip(chunk).filter(|(_, from)| from.is_ascii_alphanumeric()) {
        *to = from.to_ascii_lowercase();
    }
    out.push_str(str::from_utf8(&folded[..chunk.len()]).unwrap_or_default());
}

fn fold_char(c: char, out: &mut String) {
    match c {
        '\0'..='\x7f' => fold_ascii(&[c as u8], out),
        'À'..='ſ' => latin(LATIN.get(c as usize - 'À' as usize), out),
        'Ḁ'..='ỿ' => latin(LATIN_MORE.get(c as usize - 'Ḁ' as usize), out),
        // Full-width ASCII.
        '！'..='～' => fold_ascii(&[(c as u32 - '！' as u32) as u8 + b'!'], out),
        'ｦ'..='ﾝ' => out.extend(KATAKANA.chars().nth(c as usize - 'ｦ' as usize)),
        // Voicing marks that follow their kana; the voiced sign comes next in Unicode, the half-voiced one after it.
        'ﾞ' | '\u{3099}' => voice(1, out),
        'ﾟ' | '\u{309a}' => voice(2, out),
        _ if is_mark(c) => {}
        _ if c.is_alphanumeric() => c.to_lowercase().filter(|c| !is_mark(*c)).for_each(|c| letter(c, out)),
        _ => out.push(' '),
    }
}

fn latin(base: Option<&u8>, out: &mut String) {
    match base {
        Some(b'-') | None => out.push(' '),
        Some(digit @ b'2'..=b'6') => out.push_str(LIGATURES[usize::from(digit - b'2')]),
        Some(letter) => out.push(char::from(*letter)),
    }
}

fn voice(by: u32, out: &mut String) {
    if let Some(kana) = out.pop() {
        out.push(char::from_u32(kana as u32 + by).unwrap_or(kana));
    }
}

/// A lower-case letter or a digit beyond Latin.
fn letter(c: char, out: &mut String) {
    out.push(match c {
        'ª' => 'a',
        'º' => 'o',
        'µ' => 'μ',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'ё' => 'е',
        'ї' => 'і',
        'ґ' => 'г',
        'آ' | 'أ' | 'إ' | 'ٱ' => 'ا',
        'ؤ' => 'و',
        'ئ' | 'ى' | 'ی' => 'ي',
        'ة' => 'ه',
        'ک' => 'ك',
        '٠'..='٩' => char::from((c as u32 - '٠' as u32) as u8 + b'0'),
        '۰'..='۹' => char::from((c as u32 - '۰' as u32) as u8 + b'0'),
        // Hiragana is looked for as katakana.
        'ぁ'..='ゖ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        'ﬀ' => return out.push_str("ff"),
        'ﬁ' => return out.push_str("fi"),
        'ﬂ' => return out.push_str("fl"),
        'ﬃ' => return out.push_str("ffi"),
        'ﬄ' => return out.push_str("ffl"),
        'ﬅ' | 'ﬆ' => return out.push_str("st"),
        c => c,
    });
}

/// Stands on or in a word without being a letter: accents of decomposed text, Hebrew and Arabic vowels, the Arabic stroke
/// that stretches words, signs above Indic and Thai letters, joiners, the soft hyphen.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{93c}' | '\u{94d}' | '\u{e47}'..='\u{e4e}' | '\u{200b}'..='\u{200f}'
        | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_many_ways_folds_to_one() {
        for (written, want) in [
            ("Café CRÈME", "cafe creme"),
            ("cafe\u{301}", "cafe"),
            ("Weißwurst Œuf Æble Þorn ĲSSEL", "weisswurst oeuf aeble thorn ijssel"),
            ("Łódź Đà Nẵng ỳ ſ ÿ", "lodz da nang y s y"),
            ("İstanbul ılık ŞİŞ", "istanbul ilik sis"),
            ("a×b÷c—d", "a b c d"),
            ("ﬁne ﬂour", "fine flour"),
            ("ＡＢＣ　１２３！", "abc 123 "),
            ("ｶﾞﾗｽ ﾊﾟﾝ", "ガラス パン"),
            ("か\u{3099}らす", "ガラス"),
            ("りょくちゃ", "リョクチャ"),
            ("Ναύς ΣΊΣΥΦΟΣ", "ναυσ σισυφοσ"),
            ("Ёлка", "елка"),
            ("قَهْوَة ـ إسبريسو ٤٢ ۴۲", "قهوه  اسبريسو 42 42"),
            ("co\u{ad}op 10²", "coop 10²"),
        ] {
            let mut folded = String::new();
            fold(written, &mut folded);
            assert_eq!(folded, want, "{written}");
        }
    }
}
