//! Keeps the search index of the shop's products. It outlives the selling screen, which goes away with each sale; the till's lock,
//! which takes the shop away, takes it too.

use std::rc::Rc;

use barrow_browser::indexing;
use barrow_core::{
    config::Config,
    search::{SearchIndex, Segment, pack},
};
use leptos::{prelude::*, task::spawn_local};

use crate::till::Till;

/// Where the worker's script is served that indexes a large catalogue.
const SCRIPT: &str = "/indexer.js";

/// A handle on the index.
#[derive(Clone, Copy)]
pub struct Finder {
    index: StoredValue<Option<(Rc<Config>, SearchIndex)>, LocalStorage>,
    /// How many of how many products can be found.
    searchable: RwSignal<(usize, usize)>,
}

impl Finder {
    /// The page's one finder; the first call makes it.
    pub fn of(till: Till) -> Finder {
        use_context().unwrap_or_else(|| {
            let page = std::iter::successors(Owner::current(), Owner::parent).last().unwrap_or_default();
            page.with(|| {
                let finder = Finder::follow(till);
                provide_context(finder);
                finder
            })
        })
    }

    fn follow(till: Till) -> Finder {
        let finder = Finder { index: StoredValue::new_local(None), searchable: RwSignal::new((0, 0)) };
        Effect::new(move |_| match till.shop.get() {
            Some(shop) => {
                finder.index.set_value(Some((Rc::clone(&shop), SearchIndex::default())));
                finder.searchable.set((0, shop.products.len()));
                spawn_local(finder.index(shop));
            }
            None => finder.index.set_value(None),
        });
        finder
    }

    /// Places of the products that fit, best first; anew when more can be found.
    pub fn search(self, query: &str, limit: usize) -> Vec<usize> {
        self.searchable.track();
        self.index.with_value(|index| index.as_ref().map(|(_, index)| index.search(query, limit)).unwrap_or_default())
    }

    /// The one product that `query` can mean, once all can be found.
    pub fn only(self, query: &str) -> Option<usize> {
        let complete = self.searchable.with_untracked(|(ready, all)| ready == all);
        self.index.with_value(|index| index.as_ref().filter(|_| complete).and_then(|(_, index)| index.only(query)))
    }

    /// There are products that cannot be found yet.
    pub fn building(self) -> bool {
        self.searchable.with(|(ready, all)| ready < all)
    }

    async fn index(self, shop: Rc<Config>) {
        let pack = |range| self.is_of(&shop).then(|| pack(&shop.products[range]));
        indexing::index(SCRIPT, shop.products.len(), pack, |segment| self.take(&shop, segment)).await;
        if self.is_of(&shop) {
            shop.products.make_index();
        }
    }

    fn take(self, shop: &Rc<Config>, segment: Segment) {
        if self.is_of(shop) {
            let found = segment.len();
            self.index.update_value(|index| {
                if let Some((_, index)) = index {
                    index.push(segment);
                }
            });
            self.searchable.update(|(ready, _)| *ready += found);
        }
    }

    /// By now, it may be locked, or another catalogue may have come.
    fn is_of(self, shop: &Rc<Config>) -> bool {
        self.index.try_with_value(|index| index.as_ref().is_some_and(|(of, _)| Rc::ptr_eq(of, shop))).unwrap_or_default()
    }
}
