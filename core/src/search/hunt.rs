//! One search: what fits as typed, then, while the list is not full, what fits with a typing error.

use super::{
    segment::{Best, Segment, Span, cost},
    words::{Query, Word},
};

/// Shortest word in which an error is looked for, in bytes, when something fits as typed; and when nothing does.
const TYPO_MIN: usize = 3;
const TYPO_MIN_IN_NEED: usize = 2;
/// Shortest beginning of a word, and of a code, in which an error is looked for.
const TYPO_PREFIX_MIN: usize = 4;
const TYPO_CODE_MIN: usize = 5;
/// Fewest digits that are looked for inside of codes: people read out the last few.
const DIGITS_INSIDE_MIN: usize = 4;

pub(super) struct Hunt<'a> {
    segments: &'a [Segment],
    query: Query,
    limit: usize,
    /// Rank and place, best first, each place once.
    found: Vec<(u32, u32)>,
}

impl<'a> Hunt<'a> {
    pub(super) fn new(segments: &'a [Segment], typed: &str, limit: usize) -> Hunt<'a> {
        let query = Query::parse(typed);
        // Nothing typed, or nothing asked for: there is nowhere to look.
        let segments = if limit == 0 || query.words.is_empty() { &[] } else { segments };
        Hunt { segments, query, limit, found: Vec::new() }
    }

    pub(super) fn into_places(self) -> Vec<usize> {
        self.found.into_iter().map(|(_, place)| place as usize).collect()
    }

    /// Products whose whole code was typed; tells whether there are any.
    pub(super) fn by_code(&mut self) -> bool {
        let mut best = Best::new(self.limit);
        for segment in self.segments {
            self.query.codes.iter().for_each(|code| segment.rank_code(code, &mut best));
        }
        self.take(best);
        !self.found.is_empty()
    }

    /// Adds what fits without a typing error.
    pub(super) fn as_typed(&mut self) {
        self.round(0, |segment, words| words.iter().map(|word| as_typed(segment, word)).collect());
        for whole in self.wholes() {
            self.round(cost::PREFIX, |segment, _| Some(vec![as_typed(segment, &whole)?]));
        }
    }

    /// Adds what fits with typing errors: in a letter, then in the spaces, then what holds it somewhere inside.
    pub(super) fn forgiving(&mut self) {
        if !self.wanting() {
            return;
        }
        let least = if self.found.is_empty() { TYPO_MIN_IN_NEED } else { TYPO_MIN };
        let unknown: Vec<bool> =
            self.query.words.iter().map(|word| !self.segments.iter().any(|segment| as_typed(segment, word).is_some())).collect();
        // An error makes a word that nobody knows, nearly always: then the others are as they should be.
        if unknown.contains(&true) {
            self.with_typos(least, &unknown);
        }
        if self.wanting() && (self.found.is_empty() || !unknown.contains(&true)) {
            self.with_typos(least, &vec![true; unknown.len()]);
        }
        for whole in self.wholes() {
            if self.wanting() {
                self.round(0, |segment, _| Some(vec![with_typos(segment, &whole, least, true)?]));
            }
        }
        for words in respaced(&self.query.words) {
            if self.wanting() {
                self.round(cost::TYPO, |segment, _| words.iter().map(|word| as_typed(segment, word)).collect());
            }
        }
        let pairs = self.query.words.iter().filter(|word| !word.open).count();
        for left_out in 1..pairs.min(4) {
            if self.found.is_empty() {
                (0..=self.query.words.len() - left_out).for_each(|from| self.without_pairs(from, left_out));
            }
        }
        if self.found.is_empty() {
            self.round(0, |segment, words| words.iter().map(|word| inside(segment, word)).collect());
        }
    }

    /// There is room for more.
    fn wanting(&self) -> bool {
        self.found.len() < self.limit
    }

    /// The query as one word, where that differs from its words: codes and compounds are typed with and without separators.
    fn wholes(&self) -> Vec<Word> {
        let new = |code: &&String| !matches!(self.query.words.as_slice(), [word] if !word.open || word.text == **code);
        self.query.codes.iter().filter(new).map(|code| Word { text: code.clone(), open: true }).collect()
    }

    fn with_typos(&mut self, least: usize, which: &[bool]) {
        self.round(0, |segment, words| {
            let either = |(word, typo): (&Word, &bool)| {
                if *typo { with_typos(segment, word, least, words.len() == 1) } else { as_typed(segment, word) }
            };
            words.iter().zip(which).map(either).collect()
        });
    }

    /// A wrong character spoils up to three of the pairs that a script without spaces is searched by, or, of another script,
    /// stands between them as a word.
    fn without_pairs(&mut self, from: usize, left_out: usize) {
        let left = from..from + left_out;
        if self.query.words[left.clone()].iter().any(|word| word.open && word.text.chars().nth(1).is_some()) {
            return;
        }
        self.round(cost::TYPO, |segment, words| {
            let rest = words.iter().enumerate().filter(|(place, _)| !left.contains(place));
            rest.map(|(_, word)| as_typed(segment, word)).collect()
        });
    }

    /// Ranks what `plan` finds in each segment; `None` stands for a word that is not there.
    fn round(&mut self, extra: u16, plan: impl Fn(&Segment, &[Word]) -> Option<Vec<Vec<Span>>>) {
        let mut best = Best::new(self.limit);
        for segment in self.segments {
            if let Some(plan) = plan(segment, &self.query.words) {
                segment.rank(plan, extra, &mut best);
            }
        }
        self.take(best);
    }

    fn take(&mut self, best: Best) {
        let best = best.into_vec();
        if best.is_empty() {
            return;
        }
        self.found.extend(best);
        self.found.sort_unstable_by_key(|(rank, place)| (*place, *rank));
        self.found.dedup_by_key(|(_, place)| *place);
        self.found.sort_unstable();
        self.found.truncate(self.limit);
    }
}

/// The words that `word` is, or begins; `None` without any.
fn as_typed(segment: &Segment, word: &Word) -> Option<Vec<Span>> {
    let mut spans = Vec::new();
    let names = segment.names.beginning(&word.text);
    let longer = names.start + u32::from(segment.names.is(&names, word.text.len()));
    add(&mut spans, false, names.start..longer, 0);
    if word.open {
        add(&mut spans, false, longer..names.end, cost::PREFIX);
        add(&mut spans, true, segment.codes.beginning(&word.text), cost::CODE);
    }
    (!spans.is_empty()).then_some(spans)
}

/// The same, and those with one typing error, among the codes too where the word may be one: a code is typed alone.
fn with_typos(segment: &Segment, word: &Word, least: usize, alone: bool) -> Option<Vec<Span>> {
    let mut spans = as_typed(segment, word).unwrap_or_default();
    if word.open && word.text.len() >= least {
        let tables = [(false, &segment.names, TYPO_PREFIX_MIN), (true, &segment.codes, TYPO_CODE_MIN)];
        for (in_codes, table, prefix_min) in &tables[..1 + usize::from(alone)] {
            table.neighbours(&word.text, &mut |words, whole| {
                if whole || word.text.len() >= *prefix_min {
                    add(&mut spans, *in_codes, words, if whole { cost::TYPO } else { cost::TYPO_PREFIX });
                }
            });
        }
        spans.sort_by_key(|span| span.cost);
    }
    (!spans.is_empty()).then_some(spans)
}

/// The same as typed, and words that hold it somewhere.
fn inside(segment: &Segment, word: &Word) -> Option<Vec<Span>> {
    let mut spans = as_typed(segment, word).unwrap_or_default();
    if word.open && word.text.len() >= 3 {
        segment.names.holding(&word.text, &mut |words| add(&mut spans, false, words, cost::INSIDE));
        if word.text.len() >= DIGITS_INSIDE_MIN && word.text.bytes().all(|byte| byte.is_ascii_digit()) {
            segment.codes.holding(&word.text, &mut |words| add(&mut spans, true, words, cost::INSIDE));
        }
    }
    (!spans.is_empty()).then_some(spans)
}

fn add(spans: &mut Vec<Span>, in_codes: bool, words: std::ops::Range<u32>, cost: u16) {
    if !words.is_empty() {
        spans.push(Span { in_codes, words, cost });
    }
}

/// The words with one space missing, too many, in the wrong place, or struck as a letter. The changed words come first,
/// since they are the ones that may be nobody's.
fn respaced(words: &[Word]) -> Vec<Vec<Word>> {
    let mut all = Vec::new();
    let mut tell = |from: usize, count: usize, changed: &[&str]| {
        let last = changed.len() - 1;
        let open = |place: usize, text: &str| place == last && text.len() > 2;
        let changed = changed.iter().enumerate().map(|(place, text)| Word { text: (*text).to_owned(), open: open(place, text) });
        let others = words.iter().enumerate().filter(|(place, _)| !(from..from + count).contains(place));
        all.push(changed.chain(others.map(|(_, word)| word.clone())).collect());
    };
    for (place, word) in words.iter().enumerate().filter(|(_, word)| word.open) {
        for (cut, c) in word.text.char_indices().skip(1) {
            let (left, right) = word.text.split_at(cut);
            tell(place, 1, &[left, right]);
            if right.len() > c.len_utf8() {
                tell(place, 1, &[left, &right[c.len_utf8()..]]);
            }
        }
    }
    for (place, pair) in words.windows(2).enumerate().filter(|(_, pair)| pair[0].open && pair[1].open) {
        let (left, right) = (pair[0].text.as_str(), pair[1].text.as_str());
        let joined = format!("{left}{right}");
        tell(place, 2, &[&joined]);
        for cut in [left.char_indices().next_back().map(|(at, _)| at), right.chars().next().map(|c| left.len() + c.len_utf8())] {
            let (left, right) = joined.split_at(cut.unwrap_or_default());
            if !left.is_empty() && !right.is_empty() {
                tell(place, 2, &[left, right]);
            }
        }
    }
    all
}
