//! Indexing a catalogue where no worker can be had: here is none that serves its script. With one: `tests/e2e/search.test.mjs`.

use std::cell::{Cell, RefCell};

use barrow_browser::indexing;
use barrow_core::search::{SearchIndex, pack_one};
use wasm_bindgen_test::wasm_bindgen_test;

/// More than the page would do by itself.
const COUNT: usize = 12_000;

fn packed(range: std::ops::Range<usize>) -> Vec<u8> {
    let mut out = Vec::new();
    range.for_each(|number| pack_one(&mut out, &format!("Poster {number}"), [format!("P{number}").as_str()].into_iter()));
    out
}

#[wasm_bindgen_test]
async fn what_no_worker_does_the_page_does() {
    let index = RefCell::new(SearchIndex::default());
    indexing::index("/no-such-worker.js", COUNT, |range| Some(packed(range)), |segment| index.borrow_mut().push(segment)).await;
    let index = index.into_inner();
    assert_eq!(index.searchable(), COUNT);
    assert_eq!((index.search("p0", 1), index.search("poster 11999", 1)), (vec![0], vec![11_999]));
}

#[wasm_bindgen_test]
async fn what_is_wanted_no_more_ends() {
    let (asked, taken) = (Cell::new(0), Cell::new(0));
    let until_locked = |range| {
        asked.set(asked.get() + 1);
        (asked.get() < 2).then(|| packed(range))
    };
    indexing::index("/no-such-worker.js", COUNT, until_locked, |_| taken.set(taken.get() + 1)).await;
    assert_eq!(taken.get(), 0);
}
