//! Keeps the search index of the shop's products. It is built a slice at a time, so that the page never stands still, and
//! outlives the selling screen, which goes away with each sale; the till's lock, which takes the shop away, takes it too.

use std::{rc::Rc, time::Duration};

use barrow_core::{config::Config, search::SearchIndex};
use leptos::prelude::*;

use crate::till::Till;

/// Products between two turns of the page's other work: less than one frame on a slow tablet.
const SLICE: usize = 1_000;

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
                finder.go_on(shop);
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

    fn go_on(self, shop: Rc<Config>) {
        let ready = self.index.try_update_value(|index| {
            // By now, it may be locked, or another catalogue may have come.
            let (_, index) = index.as_mut().filter(|(of, _)| Rc::ptr_eq(of, &shop))?;
            let slice = shop.products.iter().skip(index.added()).take(SLICE);
            slice.for_each(|product| index.add_product(product));
            if index.added() == shop.products.len() {
                index.seal();
                shop.products.make_index();
            }
            Some((index.searchable(), shop.products.len()))
        });
        let Some(Some(ready)) = ready else { return };
        if self.searchable.with_untracked(|before| *before != ready) {
            self.searchable.set(ready);
        }
        if ready.0 < ready.1 {
            set_timeout(move || self.go_on(shop), Duration::ZERO);
        }
    }
}
