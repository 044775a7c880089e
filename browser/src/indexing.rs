//! Indexes a catalogue for its search: a large one in a worker (`public/indexer.js`), so that the page goes on meanwhile.

use std::ops::Range;

use barrow_core::search::{Indexer, Malformed, Segment};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

use crate::{
    line::{Line, Script},
    wait::{both, sleep},
};

/// Products that are handed over at once: less than one frame on a slow tablet.
const SLICE: usize = 5_000;
/// Up to this many, the page itself is done sooner than a worker starts.
const SMALL: usize = 1_000;
/// How long the worker may take for one slice, milliseconds: the first one loads it.
const SLICE_MS: u32 = 15_000;

/// Who does the work.
enum Place {
    Worker(Line),
    Page(Box<Indexer>),
}

/// Indexes a catalogue of `count` products; `script` is where `indexer.js` is served. `pack` gives those in a range as
/// [`barrow_core::search::pack`] does, or nothing once they are wanted no more, which ends it; `take` is given each segment as
/// it comes.
pub async fn index(script: &str, count: usize, pack: impl Fn(Range<usize>) -> Option<Vec<u8>>, take: impl Fn(Segment)) {
    let worker = (count > SMALL).then(|| Line::start(script, Script::Module)).flatten();
    let mut place = worker.map_or_else(|| Place::Page(Box::default()), Place::Worker);
    let range = |from: usize| from..count.min(from + SLICE);
    let (mut from, mut indexed, mut slice) = (0, 0, pack(range(0)));
    while from < count {
        let Some(products) = slice else { return };
        let to = range(from).end;
        // The page packs the next ones while the worker is at these.
        let ahead = async { (to < count).then(|| pack(range(to))).flatten() };
        match both(place.add(&products, to == count), ahead).await {
            (Ok(segments), next) => {
                indexed += segments.iter().map(Segment::len).sum::<usize>();
                segments.into_iter().for_each(&take);
                (from, slice) = (to, next);
            }
            // Whatever keeps the worker from it: the page can do it as well, only not beside its other work.
            (Err(_), _) if matches!(place, Place::Worker(_)) => {
                place = Place::Page(Box::new(Indexer::behind(indexed)));
                (from, slice) = (indexed, pack(range(indexed)));
            }
            (Err(_), _) => return,
        }
    }
}

impl Place {
    async fn add(&mut self, products: &[u8], last: bool) -> Result<Vec<Segment>, Malformed> {
        match self {
            Place::Worker(worker) => {
                let question = [("products", Uint8Array::from(products).into()), ("last", last.into())];
                let segments = worker.ask(&question, &Array::new(), SLICE_MS).await.map_err(|_| Malformed)?;
                let segment = |bytes: JsValue| Segment::from_bytes(&Uint8Array::new(&bytes).to_vec());
                Array::from(&segments).iter().map(segment).collect()
            }
            Place::Page(indexer) => {
                indexer.add_packed(products)?;
                if last {
                    indexer.seal();
                }
                sleep(0).await;
                Ok(indexer.take())
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Place::Worker(worker) = self {
            worker.end();
        }
    }
}
