//! Some ten thousand products, indexed together, and how their ranks are reckoned.

use std::collections::BinaryHeap;

use super::{
    table::{Collector, Table, Words},
    words::{for_each_code, for_each_word},
};
use crate::search::fold::fold;

/// What a match is worth less than a whole word at the beginning of a name; a product's rank is their sum.
pub(super) mod cost {
    /// The word typed is the beginning of the one found.
    pub(crate) const PREFIX: u16 = 20;
    /// It is the beginning of a code.
    pub(crate) const CODE: u16 = 24;
    /// One typing error.
    pub(crate) const TYPO: u16 = 100;
    /// One typing error, and the beginning of a longer word.
    pub(crate) const TYPO_PREFIX: u16 = 120;
    /// In the middle of a word.
    pub(crate) const INSIDE: u16 = 150;
}

/// Further back in a name than this, places count alike.
const PLACE_MAX: u32 = 15;

/// Words of one of the two tables that fit a word typed.
pub(super) struct Span {
    pub(super) in_codes: bool,
    pub(super) words: Words,
    pub(super) cost: u16,
}

/// A part of the index.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The catalogue's place of its first product.
    pub(super) base: u32,
    /// How many words each name has, as far as a byte counts.
    pub(super) lengths: Vec<u8>,
    pub(super) names: Table,
    /// SKUs and barcodes.
    pub(super) codes: Table,
}

impl Segment {
    /// How many products it holds.
    #[allow(clippy::len_without_is_empty, reason = "there is none without a product")]
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Hands in every product that fits each of `plan`'s words, with the sum of the costs plus `extra`. The spans of a word
    /// come cheapest first.
    pub(super) fn rank(&self, mut plan: Vec<Vec<Span>>, extra: u16, best: &mut Best) {
        // The rarest word first: what does not hold it is out.
        let weight = |spans: &Vec<Span>| spans.iter().map(|span| self.postings(span).len()).sum::<usize>();
        plan.sort_by_cached_key(weight);
        // For each product: how many words it holds so far, and what they cost together.
        let mut marks = vec![0_u32; self.lengths.len()];
        for (held, spans) in plan.iter().enumerate() {
            let (held, mut any) = (held as u32, false);
            let last = held as usize + 1 == plan.len();
            for span in spans {
                if plan.len() == 1 && best.beats(u32::from(span.cost + extra) << 4) {
                    // One letter fits half of a catalogue; what is full of better ones need not look at it all.
                    break;
                }
                for posting in self.postings(span) {
                    let number = (posting >> 8) as usize;
                    let mark = &mut marks[number];
                    if *mark >> 16 == held {
                        *mark += (1 << 16) + u32::from(span.cost) + (posting & 0xff).min(PLACE_MAX);
                        any = true;
                        if last {
                            // Of names that fit alike, the one with the fewest other words.
                            let length = u32::from(self.lengths[number]).min(15);
                            best.offer(((*mark & 0xffff) + u32::from(extra)) << 4 | length, self.base + number as u32);
                        }
                    }
                }
            }
            if !any {
                return;
            }
        }
    }

    /// Hands in the products whose whole code is `code`, ahead of everything else.
    pub(super) fn rank_code(&self, code: &str, best: &mut Best) {
        let words = self.codes.beginning(code);
        if self.codes.is(&words, code.len()) {
            let whole = self.codes.postings(&(words.start..words.start + 1)).iter().filter(|posting| *posting & 0xff == 0);
            whole.for_each(|posting| best.offer(0, self.base + (posting >> 8)));
        }
    }

    fn postings(&self, span: &Span) -> &[u32] {
        if span.in_codes { self.codes.postings(&span.words) } else { self.names.postings(&span.words) }
    }
}

/// A segment that still takes products.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    lengths: Vec<u8>,
    names: Collector,
    codes: Collector,
    folded: String,
}

impl Open {
    pub(super) fn add<'a>(&mut self, title: &str, codes: impl Iterator<Item = &'a str>) {
        let number = self.lengths.len() as u32;
        self.folded.clear();
        fold(title, &mut self.folded);
        let mut place = 0_u8;
        for_each_word(&self.folded, |word, _| {
            self.names.add(word, number, place);
            place = place.saturating_add(1);
        });
        self.lengths.push(place);
        for code in codes {
            for_each_code(code, &mut self.folded, |code, whole| self.codes.add(code, number, u8::from(!whole)));
        }
    }

    /// How many products it took.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Makes it searchable; `base` is the catalogue's place of its first product.
    pub(super) fn sorted(self, base: u32) -> Segment {
        Segment { base, lengths: self.lengths, names: self.names.sorted(), codes: self.codes.sorted() }
    }
}

/// The best few products of all that were handed in.
pub(super) struct Best {
    limit: usize,
    /// Rank and place; the worst on top.
    heap: BinaryHeap<(u32, u32)>,
}

impl Best {
    pub(super) fn new(limit: usize) -> Best {
        Best { limit, heap: BinaryHeap::new() }
    }

    /// It is full of what ranks before `rank`.
    fn beats(&self, rank: u32) -> bool {
        self.heap.len() >= self.limit && self.heap.peek().is_none_or(|worst| worst.0 < rank)
    }

    fn offer(&mut self, rank: u32, place: u32) {
        if self.heap.len() < self.limit {
            self.heap.push((rank, place));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && *worst > (rank, place)
        {
            *worst = (rank, place);
        }
    }

    pub(super) fn into_vec(self) -> Vec<(u32, u32)> {
        self.heap.into_vec()
    }
}
