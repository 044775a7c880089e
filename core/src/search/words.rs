//! What stands in the index for a name and for a code, and what is looked for when they are typed.

use super::fold::fold;

/// Longest query that is looked at, in characters; what follows is left out.
const QUERY_MAX: usize = 120;
/// Most words of a query that are looked at.
const WORDS_MAX: usize = 16;
/// Codes of digits only and at least this long are GTINs: the zeros before them are filling (GS1 General Specifications, 3.3.2).
const GTIN_MIN: usize = 8;

/// One word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// It may be the beginning of a longer word, and may hold a typing error.
    pub(super) open: bool,
}

/// What was typed, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) words: Vec<Word>,
    /// All of it as one code, and, where it may be a GTIN, the same without the zeros before it.
    pub(super) codes: Vec<String>,
}

impl Query {
    pub(super) fn parse(typed: &str) -> Query {
        let typed = typed.char_indices().nth(QUERY_MAX).map_or(typed, |(end, _)| &typed[..end]);
        let mut folded = String::new();
        fold(typed, &mut folded);
        let mut words = Vec::new();
        for_each_word(&folded, |text, rest| {
            let gram = text.chars().next().is_some_and(is_unspaced);
            // The last character of a run stands alone only for itself: what was typed before it holds it already.
            if !(gram && rest == Run::End) && words.len() < WORDS_MAX {
                words.push(Word { text: text.to_owned(), open: !gram || rest == Run::Alone });
            }
        });
        folded.retain(|c| c != ' ');
        // While a GTIN is being typed, it is shorter than a whole one.
        let bare = folded.trim_start_matches('0');
        let gtin = is_digits(bare) && bare.len() < folded.len() && (folded.len() >= GTIN_MIN || bare.len() > GTIN_MIN / 2);
        let bare = gtin.then(|| bare.to_owned());
        let codes = [Some(folded), bare].into_iter().flatten().collect();
        Query { words, codes }
    }
}

/// Where in a run of characters that are not spaced a word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// It is a whole word, or a run of one character.
    Alone,
    /// It overlaps with the next.
    Inside,
    /// It is the last character of a longer run, which was in the word before.
    End,
}

/// Hands each word of a folded text to `each`. Scripts that put no space between words give every pair of neighbours,
/// and the last character alone, so that any part of a run can be found.
pub(super) fn for_each_word(folded: &str, mut each: impl FnMut(&str, Run)) {
    for chunk in folded.split(' ').filter(|chunk| !chunk.is_empty()) {
        let mut rest = chunk;
        while let Some(first) = rest.chars().next() {
            let end = if rest.is_ascii() {
                rest.len()
            } else {
                rest.char_indices().find(|(_, c)| is_unspaced(*c) != is_unspaced(first)).map_or(rest.len(), |(end, _)| end)
            };
            let (run, behind) = rest.split_at(end);
            if is_unspaced(first) {
                pairs(run, &mut each);
            } else {
                each(without_article(run), Run::Alone);
            }
            rest = behind;
        }
    }
}

fn pairs(run: &str, each: &mut impl FnMut(&str, Run)) {
    let mut chars = run.char_indices().map(|(at, c)| (at, at + c.len_utf8())).peekable();
    while let Some((start, end)) = chars.next() {
        match chars.peek() {
            Some((_, end)) => each(&run[start..*end], Run::Inside),
            None => each(&run[start..end], if start == 0 { Run::Alone } else { Run::End }),
        }
    }
}

/// Arabic writes its article into the word; people look for the word with and without.
fn without_article(word: &str) -> &str {
    word.strip_prefix("ال").filter(|bare| bare.chars().count() > 2).unwrap_or(word)
}

/// Thai to Khmer, kana, Han and Hangul: words are not spaced, or bear their endings.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' | '\u{3005}' | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Hands what stands in the index for a code to `each`: the whole, without separators, then (`false`) the parts behind the
/// first separator, since people read out the end of an article number.
pub(super) fn for_each_code(code: &str, folded: &mut String, mut each: impl FnMut(&str, bool)) {
    folded.clear();
    fold(code, folded);
    let parted = folded.trim().contains(' ');
    if parted {
        folded
            .split(' ')
            .filter(|part| !part.is_empty())
            .skip(1)
            .filter(|part| part.len() > 2)
            .for_each(|part| each(part, false));
    }
    folded.retain(|c| c != ' ');
    let gtin =
        Some(folded.trim_start_matches('0')).filter(|gtin| folded.len() >= GTIN_MIN && is_digits(gtin) && !gtin.is_empty());
    if !folded.is_empty() {
        each(gtin.unwrap_or(folded), true);
    }
}

fn is_digits(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut folded = String::new();
        fold(text, &mut folded);
        let mut words = Vec::new();
        for_each_word(&folded, |word, _| words.push(word.to_owned()));
        words
    }

    #[test]
    fn words_of_every_script() {
        assert_eq!(words("T-Shirt „Málaga“, 100% cotton"), ["t", "shirt", "malaga", "100", "cotton"]);
        assert_eq!(words("緑茶 500ml"), ["緑茶", "茶", "500ml"]);
        assert_eq!(words("抹茶ラテL"), ["抹茶", "茶ラ", "ラテ", "テ", "l"]);
        assert_eq!(words("القهوة العربية"), ["قهوه", "عربيه"]);
        assert_eq!(words(" — "), [""; 0]);
    }

    #[test]
    fn queries_and_codes() {
        let open = |query: &str| -> Vec<(String, bool)> {
            Query::parse(query).words.into_iter().map(|word| (word.text, word.open)).collect()
        };
        assert_eq!(open("Té ve"), [("te".to_owned(), true), ("ve".to_owned(), true)]);
        assert_eq!(open("緑茶"), [("緑茶".to_owned(), false)]);
        assert_eq!(open("茶"), [("茶".to_owned(), true)]);
        assert_eq!(Query::parse("0 012345-678905").codes, ["0012345678905", "12345678905"]);
        assert_eq!(Query::parse("TEA-0012").codes, ["tea0012"]);
        assert_eq!(Query::parse(&"x ".repeat(500)).words.len(), WORDS_MAX);

        let mut codes = Vec::new();
        for code in ["TEA-0012/x", "0012345678905", "000123", "--"] {
            for_each_code(code, &mut String::new(), |code, whole| codes.push((code.to_owned(), whole)));
        }
        let codes: Vec<(&str, bool)> = codes.iter().map(|(code, whole)| (code.as_str(), *whole)).collect();
        assert_eq!(codes, [("0012", false), ("tea0012x", true), ("12345678905", true), ("000123", true)]);
    }
}
