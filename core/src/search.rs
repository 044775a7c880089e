//! Finding a product while typing, among 100,000 of them, within two milliseconds of each key.
//!
//! Names, SKUs and barcodes are folded ([`fold`]), cut into words ([`words`]) and kept in sorted tables of flat vectors
//! ([`table`]), a pair of tables for each [`SEGMENT`] products ([`segment`]). A word typed, its beginning, and its neighbours
//! by one typing error are ranges of a table; [`hunt`] asks for them in turn and stops when the list is full.
//!
//! A page has one thread, and it is the cashier's. An [`Indexer`] therefore works wherever it is put, such as in a worker: it
//! is handed products and hands back [`Segment`]s, both of them as bytes if need be ([`packed`]). Every segment that is there can
//! be searched.

mod fold;
mod hunt;
mod packed;
mod segment;
mod table;
mod words;

use crate::catalogue::Product;
use hunt::Hunt;
use segment::Open;

pub use packed::{Malformed, pack, pack_one};
pub use segment::Segment;

/// Products that are indexed together: the more, the fewer tables to look into; the fewer, the sooner the first are found.
pub const SEGMENT: usize = 25_000;

/// Makes the segments of an index, from products in the order of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Indexer {
    /// The catalogue's place of the first product that is in no segment yet.
    base: usize,
    open: Open,
    ready: Vec<Segment>,
}

impl Indexer {
    /// Goes on behind this many products, which are indexed already.
    pub fn behind(products: usize) -> Indexer {
        Indexer { base: products, ..Indexer::default() }
    }

    /// Adds the catalogue's next product: what it is called, and every code that it is found by.
    pub fn add<'a>(&mut self, title: &str, codes: impl Iterator<Item = &'a str>) {
        self.open.add(title, codes);
        if self.open.len() == SEGMENT {
            self.seal();
        }
    }

    /// Ends the last segment. To be called once, behind the last product.
    pub fn seal(&mut self) {
        let open = std::mem::take(&mut self.open);
        if open.len() > 0 {
            let base = self.base;
            self.base += open.len();
            self.ready.push(open.sorted(base as u32));
        }
    }

    /// The segments that were finished since the last call.
    pub fn take(&mut self) -> Vec<Segment> {
        std::mem::take(&mut self.ready)
    }
}

/// The names and codes of a catalogue, ready to be searched.
#[derive(Clone, Debug, Default)]
pub struct SearchIndex {
    segments: Vec<Segment>,
}

impl SearchIndex {
    /// Indexes all of `products` at once; the places that [`search`](Self::search) gives are those in this slice.
    pub fn build(products: &[Product]) -> SearchIndex {
        let mut indexer = Indexer::default();
        products.iter().for_each(|product| indexer.add(&product.title(), codes(product)));
        indexer.seal();
        SearchIndex { segments: indexer.take() }
    }

    /// Adds a segment.
    pub fn push(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// How many products can be found.
    pub fn searchable(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
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

/// Every code that a product is found by.
fn codes(product: &Product) -> impl Iterator<Item = &str> + Clone {
    product.barcodes.iter().chain([&product.sku]).map(String::as_str)
}
