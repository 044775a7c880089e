//! A sorted table of words, each with the products that hold it: exact words, beginnings and neighbours by one typing error
//! are all ranges of it, found by halving. Nothing but flat vectors, so that 100,000 products cost a few megabytes.

use std::ops::Range;

/// Words by number, in the order of their bytes.
pub(super) type Words = Range<u32>;

/// Trees of letters are walked over scripts with a small alphabet only (UTF-8 lead bytes below this, Latin to Thai): Han has
/// thousands of letters, and is indexed by pairs instead.
const SMALL_ALPHABETS: u8 = 0xe1;

#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// All words, one behind the other.
    pub(super) text: String,
    /// Where each word starts in `text`, and its end.
    pub(super) starts: Vec<u32>,
    /// Where each word's postings start, and their end.
    pub(super) firsts: Vec<u32>,
    /// A product's number in the segment, times 256, plus the word's place in the product.
    pub(super) postings: Vec<u32>,
}

impl Table {
    /// The postings of a range of words.
    pub(super) fn postings(&self, words: &Words) -> &[u32] {
        &self.postings[self.firsts[words.start as usize] as usize..self.firsts[words.end as usize] as usize]
    }

    /// The words that begin with `text`; the first of them is `text` itself if it is there ([`Table::is`]).
    pub(super) fn beginning(&self, text: &str) -> Words {
        self.narrow(self.all(), 0, text)
    }

    /// Whether the first of `words` is `bytes` long: of words with one beginning, the shortest comes first.
    pub(super) fn is(&self, words: &Words, bytes: usize) -> bool {
        words.start < words.end && self.word(words.start).len() == bytes
    }

    /// The words that are one typing error away from `text` (a letter wrong, missing, too many, or two neighbours swapped),
    /// and, handed over as `false`, those that begin like that.
    pub(super) fn neighbours(&self, text: &str, out: &mut impl FnMut(Words, bool)) {
        let all = self.all();
        let mut shared = 0..self.bound(&all, |word| word.first().is_some_and(|lead| *lead < SMALL_ALPHABETS));
        let mut swapped = String::with_capacity(text.len());
        for (depth, typed) in text.char_indices() {
            // `shared` are the words that begin with what stands before `typed`.
            let behind = &text[depth + typed.len_utf8()..];
            self.tell(self.narrow(shared.clone(), depth, behind), depth + behind.len(), out);
            if let Some(next) = behind.chars().next().filter(|next| *next != typed) {
                swapped.clear();
                swapped.extend([next, typed]);
                swapped.push_str(&behind[next.len_utf8()..]);
                self.tell(self.narrow(shared.clone(), depth, &swapped), depth + swapped.len(), out);
            }
            let mut at = shared.start + u32::from(self.is(&shared, depth));
            while at < shared.end {
                let Some(other) = self.text[self.starts[at as usize] as usize + depth..].chars().next() else { break };
                let mut utf8 = [0; 4];
                let letter = other.encode_utf8(&mut utf8).as_bytes();
                let branch = at..self.bound(&(at..shared.end), |word| word[depth..].starts_with(letter));
                let deeper = depth + letter.len();
                if other != typed {
                    self.tell(self.narrow(branch.clone(), deeper, behind), deeper + behind.len(), out);
                }
                self.tell(self.narrow(branch.clone(), deeper, &text[depth..]), deeper + text.len() - depth, out);
                at = branch.end;
            }
            shared = self.narrow(shared, depth, &text[depth..depth + typed.len_utf8()]);
            if shared.is_empty() {
                break;
            }
        }
    }

    /// The words that hold `text` anywhere. Looks through all of them.
    pub(super) fn holding(&self, text: &str, out: &mut impl FnMut(Words)) {
        let mut from = 0;
        while let Some(found) = self.text[from..].find(text) {
            let at = from + found;
            let word = (self.starts.partition_point(|start| *start as usize <= at) - 1) as u32;
            let end = self.starts[word as usize + 1] as usize;
            if at + text.len() <= end {
                out(word..word + 1);
            }
            from = end;
        }
    }

    fn tell(&self, words: Words, bytes: usize, out: &mut impl FnMut(Words, bool)) {
        let longer = words.start + u32::from(self.is(&words, bytes));
        if words.start < longer {
            out(words.start..longer, true);
        }
        if longer < words.end {
            out(longer..words.end, false);
        }
    }

    /// Those of `words`, which all have their first `depth` bytes in common, that go on with `next`.
    fn narrow(&self, words: Words, depth: usize, next: &str) -> Words {
        let next = next.as_bytes();
        let start = self.bound(&words, |word| &word[depth..] < next);
        if start < words.end && self.word(start)[depth..].starts_with(next) {
            start..self.bound(&(start..words.end), |word| word[depth..].starts_with(next))
        } else {
            start..start
        }
    }

    /// The first of `words` for which `before` no longer holds.
    #[inline(always)]
    fn bound(&self, words: &Words, before: impl Fn(&[u8]) -> bool) -> u32 {
        let Range { mut start, mut end } = *words;
        while start < end {
            let middle = start.midpoint(end);
            if before(self.word(middle)) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }

    fn all(&self) -> Words {
        0..(self.starts.len() as u32).saturating_sub(1)
    }

    #[inline(always)]
    fn word(&self, number: u32) -> &[u8] {
        &self.text.as_bytes()[self.starts[number as usize] as usize..self.starts[number as usize + 1] as usize]
    }
}

/// Collects words in the order of their coming; [`sorted`](Self::sorted) makes the table.
#[derive(Clone, Debug, Default)]
pub(super) struct Collector {
    text: String,
    ends: Vec<u32>,
    /// Open addressing: a word's number plus one, or 0; a power of two of places, at most half of them taken.
    slots: Vec<u32>,
    /// A word's number, and its posting.
    held: Vec<(u32, u32)>,
}

impl Collector {
    /// Notes that the product `number` holds `word` at `place`; later occurrences in the same product add nothing.
    pub(super) fn add(&mut self, word: &str, number: u32, place: u8) {
        let id = self.number_of(word);
        let this_product = self.held.iter().rev().take_while(|(_, posting)| posting >> 8 == number);
        if !this_product.into_iter().any(|(other, _)| *other == id) {
            self.held.push((id, number << 8 | u32::from(place)));
        }
    }

    fn number_of(&mut self, word: &str) -> u32 {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(word.as_bytes()) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => break,
                taken if self.word(taken - 1) == word.as_bytes() => return taken - 1,
                _ => slot = (slot + 1) & mask,
            }
        }
        self.text.push_str(word);
        self.ends.push(self.text.len() as u32);
        self.slots[slot] = self.ends.len() as u32;
        self.ends.len() as u32 - 1
    }

    fn grow(&mut self) {
        let mut slots = vec![0; (self.slots.len() * 2).max(256)];
        let mask = slots.len() - 1;
        for id in 0..self.ends.len() as u32 {
            let mut slot = hash(self.word(id)) as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = id + 1;
        }
        self.slots = slots;
    }

    #[inline(always)]
    fn word(&self, id: u32) -> &[u8] {
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.text.as_bytes()[start as usize..self.ends[id as usize] as usize]
    }

    /// Sorts words and postings into a table.
    pub(super) fn sorted(self) -> Table {
        // The first eight bytes decide nearly always, and compare as one number.
        let mut order: Vec<(u64, u32)> = (0..self.ends.len() as u32).map(|id| (first_bytes(self.word(id)), id)).collect();
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.word(a.1).cmp(self.word(b.1))));

        let mut counts = vec![0_u32; self.ends.len()];
        self.held.iter().for_each(|(id, _)| counts[*id as usize] += 1);
        let mut table = Table {
            text: String::with_capacity(self.text.len()),
            starts: Vec::with_capacity(order.len() + 1),
            firsts: Vec::with_capacity(order.len() + 1),
            postings: vec![0; self.held.len()],
        };
        let mut first = 0;
        for (_, id) in &order {
            table.starts.push(table.text.len() as u32);
            let start = id.checked_sub(1).map_or(0, |before| self.ends[before as usize]) as usize;
            table.text.push_str(&self.text[start..self.ends[*id as usize] as usize]);
            table.firsts.push(first);
            // From here on, where the word's next posting goes.
            first += std::mem::replace(&mut counts[*id as usize], first);
        }
        table.starts.push(table.text.len() as u32);
        table.firsts.push(first);
        for (id, posting) in &self.held {
            let next = &mut counts[*id as usize];
            table.postings[*next as usize] = *posting;
            *next += 1;
        }
        table
    }
}

/// FxHash's step over eight bytes at a time, with its high bits brought down. Words come from the shop's own signed
/// catalogue, so nobody gains by making them collide.
fn hash(bytes: &[u8]) -> u32 {
    let mut hash = 0_u64;
    for chunk in bytes.chunks(8) {
        hash = (hash.rotate_left(5) ^ first_bytes(chunk)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    (hash >> 32) as u32
}

/// Up to eight bytes as a number that sorts as they do; no word holds a zero byte.
fn first_bytes(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let length = bytes.len().min(8);
    eight[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(eight)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn table(words: &[&str]) -> Table {
        let mut collector = Collector::default();
        for (number, word) in words.iter().enumerate() {
            collector.add(word, number as u32, 3);
        }
        collector.sorted()
    }

    /// Edit distance with swapped neighbours (optimal string alignment), by the book.
    fn distance(a: &[char], b: &[char]) -> usize {
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = match (i, j) {
                    (0, n) | (n, 0) => n,
                    _ => {
                        let wrong = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                        let best = wrong.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                        let swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                        if swap { best.min(rows[i - 2][j - 2] + 1) } else { best }
                    }
                };
            }
        }
        rows[a.len()][b.len()]
    }

    #[test]
    fn a_word_its_longer_sisters_and_their_products() {
        let table = table(&["tea", "towel", "teak", "tea", "crème", "te"]);
        let tea = table.beginning("tea");
        assert!(table.is(&tea, 3));
        assert_eq!(table.postings(&(tea.start..tea.start + 1)), [3, 3 << 8 | 3]);
        assert_eq!(table.postings(&tea), [3, 3 << 8 | 3, 2 << 8 | 3]);
        assert!(!table.is(&table.beginning("tow"), 3));
        assert!(table.beginning("x").is_empty());
        assert!(Table::default().beginning("x").is_empty());
        let holding = |text: &str| {
            let mut holding = Vec::new();
            table.holding(text, &mut |words| holding.push(words.start));
            holding
        };
        assert_eq!(holding("e"), [0, 1, 2, 3, 4]);
        assert_eq!(holding("ea"), [2, 3]);
        // The end of one word and the beginning of the next.
        assert_eq!(holding("ete"), [0; 0]);
    }

    proptest! {
        #[test]
        fn neighbours_are_the_words_at_distance_one(
            words in prop::collection::vec("[abéш]{1,6}", 1..40),
            typed in "[abéш]{1,6}",
        ) {
            let words: BTreeSet<&str> = words.iter().map(String::as_str).collect();
            let words: Vec<&str> = words.into_iter().collect();
            let table = table(&words);
            let mut found = BTreeSet::new();
            table.neighbours(&typed, &mut |range, whole| {
                if whole {
                    found.extend(range.map(|word| String::from_utf8(table.word(word).to_vec()).unwrap()));
                }
            });
            let chars: Vec<char> = typed.chars().collect();
            for word in words {
                let letters: Vec<char> = word.chars().collect();
                let near = distance(&chars, &letters) == 1;
                // A letter missing at the very end is left to the search for beginnings.
                let longer = word.starts_with(typed.as_str());
                prop_assert!(!near || longer || found.contains(word), "{typed} misses {word}");
                prop_assert!(near || !found.contains(word) || word == typed, "{typed} finds {word}");
            }
        }
    }
}
