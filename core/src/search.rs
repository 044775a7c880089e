//! Finding a product while typing, among 100,000 of them, within two milliseconds of each key.
//!
//! Names, SKUs and barcodes are folded ([`fold`]), cut into words ([`words`]) and kept in sorted tables of flat vectors
//! ([`table`]), a pair of tables for each [`SEGMENT`] products ([`segment`]). A word typed, its beginning, and its neighbours
//! by one typing error are ranges of a table; [`hunt`] asks for them in turn and stops when the list is full.
//!
//! A page has one thread. The index is therefore built a slice at a time, with the page's other work in between, and what is
//! sealed so far can be searched. A worker was the other choice: it needs a second instance of the whole module and a copy of
//! the catalogue on its side, and each slice here takes less than one frame and the whole less time than that start
//! (`make bench` prints both).

mod fold;
mod hunt;
mod segment;
mod table;
mod words;

use crate::catalogue::Product;
use hunt::Hunt;
use segment::{Open, Segment};

/// Products that are indexed together: the fewer, the shorter the longest slice; the more, the fewer tables to look into.
const SEGMENT: usize = 25_000;

/// The names and codes of a catalogue, ready to be searched.
#[derive(Clone, Debug, Default)]
pub struct SearchIndex {
    segments: Vec<Segment>,
    sealed: usize,
    open: Open,
}

impl SearchIndex {
    /// Indexes all of `products` at once; the places that [`search`](Self::search) gives are those in this slice.
    pub fn build(products: &[Product]) -> SearchIndex {
        let mut index = SearchIndex::default();
        products.iter().for_each(|product| index.add_product(product));
        index.seal();
        index
    }

    /// Adds the catalogue's next product.
    pub fn add_product(&mut self, product: &Product) {
        self.add(&product.title(), product.barcodes.iter().map(String::as_str).chain([product.sku.as_str()]));
    }

    /// Adds the catalogue's next product: what it is called, and every code that it is found by.
    pub fn add<'a>(&mut self, title: &str, codes: impl Iterator<Item = &'a str>) {
        self.open.add(title, codes);
        if self.open.len() == SEGMENT {
            self.seal();
        }
    }

    /// Makes all that was added searchable. To be called once, after the last product: every call makes a segment of its own.
    pub fn seal(&mut self) {
        let open = std::mem::take(&mut self.open);
        if open.len() > 0 {
            let base = self.sealed;
            self.sealed += open.len();
            self.segments.push(open.sorted(base as u32));
        }
    }

    /// How many products were added.
    pub fn added(&self) -> usize {
        self.sealed + self.open.len()
    }

    /// How many of them can be found.
    pub fn searchable(&self) -> usize {
        self.sealed
    }

    /// Places of the products that fit `query`, best first, at most `limit`.
    ///
    /// Every word must fit, in any order, as a whole or as a beginning. A whole SKU or barcode comes first; then whole words
    /// before beginnings before typing errors, earlier in the name before later, shorter names before longer ones.
    /// While the list is not full, what has one typing error in a word or in its spaces fits too, unless a code fitted.
    pub fn search(&self, query: &str, limit: usize) -> Vec<usize> {
        let mut hunt = Hunt::new(&self.segments, query, limit);
        let by_code = hunt.by_code();
        hunt.as_typed();
        if !by_code {
            hunt.forgiving();
        }
        hunt.into_places()
    }

    /// The one product that `query` can mean: its whole code, else the only one that fits without a typing error.
    pub fn only(&self, query: &str) -> Option<usize> {
        let mut hunt = Hunt::new(&self.segments, query, 2);
        if !hunt.by_code() {
            hunt.as_typed();
        }
        let [only] = hunt.into_places()[..] else { return None };
        Some(only)
    }
}
