//! Lines for a roll: each is at most so many columns wide, and no amount is broken or cut.

use super::{Block, Document, Place, Raster, Weight};

/// A line, or what stands in the place of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Letters.
    Text {
        /// At most as many as there are columns; half as many where they are large.
        text: String,
        /// Where they stand.
        place: Place,
        /// How heavy they are.
        weight: Weight,
    },
    /// A picture.
    Logo(Raster),
    /// A QR code.
    Qr(String),
}

/// An amount that leaves less than this beside it stands on a line of its own, columns.
const NAME_MIN: usize = 8;

/// Lays `document` out on `columns` columns. `when` writes a moment for people; `letters` gives the letters that the printer has,
/// each of them one column wide.
pub fn lines(document: &Document, columns: usize, when: &dyn Fn(i64) -> String, letters: &dyn Fn(&str) -> String) -> Vec<Line> {
    let mut out = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Logo(raster) => out.push(Line::Logo(raster.clone())),
            Block::Qr(text) => out.push(Line::Qr(text.clone())),
            Block::Gap => out.push(text(String::new(), Place::Start, Weight::Plain)),
            Block::Rule => out.push(text("-".repeat(columns), Place::Start, Weight::Plain)),
            Block::When(at_ms, rest) => {
                let (at, rest) = (letters(&when(*at_ms)), letters(rest));
                row(&mut out, &at, &rest, columns, Weight::Plain);
            }
            Block::Words(words, place, weight) => {
                let words = letters(words);
                let weight = fitting(*weight, columns, words.split_whitespace().map(width).max().unwrap_or(0));
                for piece in broken(&words, room(columns, weight)) {
                    out.push(text(piece, *place, weight));
                }
            }
            Block::Row(name, amount, weight) => {
                let (name, amount) = (letters(name), letters(amount));
                let weight = fitting(*weight, columns, width(&amount));
                row(&mut out, &name, &amount, room(columns, weight), weight);
            }
        }
    }
    out
}

fn text(text: String, place: Place, weight: Weight) -> Line {
    Line::Text { text, place, weight }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn room(columns: usize, weight: Weight) -> usize {
    if weight == Weight::Large { columns / 2 } else { columns }
}

/// Large letters only where the longest piece that must not be broken fits in them.
fn fitting(weight: Weight, columns: usize, longest: usize) -> Weight {
    if weight == Weight::Large && longest > columns / 2 { Weight::Bold } else { weight }
}

/// A name at the beginning and an amount at the end of its first line; the rest of the name below. An amount that leaves too
/// little room follows on a line of its own.
fn row(out: &mut Vec<Line>, name: &str, amount: &str, columns: usize, weight: Weight) {
    let taken = width(amount);
    let left = columns.saturating_sub(taken + 1);
    let line = |words: String| text(words, Place::Start, weight);
    if taken == 0 {
        return out.extend(broken(name, columns).into_iter().map(line));
    }
    if left < NAME_MIN && left < width(name) {
        out.extend(broken(name, columns).into_iter().map(line));
        // What is longer than a whole line is no amount.
        out.extend(broken(amount, columns).into_iter().map(|amount| line(format!("{amount:>columns$}"))));
        return;
    }
    let mut names = broken(name, left).into_iter();
    let first = names.next().unwrap_or_default();
    let space = columns.saturating_sub(width(&first));
    out.push(line(format!("{first}{amount:>space$}")));
    out.extend(names.map(line));
}

/// Breaks `text` between words into pieces of at most `columns`, and within a word only where it is longer than that. Spaces at
/// the beginning stay, and stand before each piece.
fn broken(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let indent: String = text.chars().take_while(|c| *c == ' ').take(columns / 4).collect();
    let room = columns.saturating_sub(width(&indent)).max(1);
    let mut pieces = Vec::new();
    let mut now = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        if !now.is_empty() && width(&now) + 1 + width(word) > room {
            pieces.push(std::mem::take(&mut now));
        }
        while width(word) > room {
            let cut = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
            let (head, rest) = word.split_at(cut);
            pieces.push(head.to_owned());
            word = rest;
        }
        if !now.is_empty() && !word.is_empty() {
            now.push(' ');
        }
        now.push_str(word);
    }
    if !now.is_empty() || pieces.is_empty() {
        pieces.push(now);
    }
    pieces.into_iter().map(|piece| format!("{indent}{piece}")).collect()
}
