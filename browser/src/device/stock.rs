//! The server's levels of stock, kept sealed in parts, so that a change writes little.

use barrow_core::{
    ids::{Epoch, Seq},
    stock::{Base, Cursor, PARTS, Part},
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    local::{self, Binding, Namespace},
};
use serde::{Deserialize, Serialize};

use super::{Device, Till};
use crate::{
    random,
    store::{Change, Table},
};

/// What their names in [`Table::Meta`] begin with; a number follows: 0 is the head, and then each part.
const STOCK: &str = "stock/";

/// What is known of all parts.
#[derive(Serialize, Deserialize)]
struct HeadRow {
    epoch: Epoch,
    now: Cursor,
    settled: Seq,
}

impl Device {
    /// The levels that are kept. What does not open, or is of another life, is told anew by the server.
    pub(super) async fn open_stock(&self, till: &Till, key: &SecretKey) -> Base {
        let epoch = till.identity.life().epoch;
        let base = self.kept_stock(till, key).await.filter(|base| base.epoch == epoch).unwrap_or_else(|| Base::empty(epoch));
        *self.inner.stock.borrow_mut() = Some(base.clone());
        base
    }

    async fn kept_stock(&self, till: &Till, key: &SecretKey) -> Option<Base> {
        let rows = self.inner.parts.store.names(Table::Meta, STOCK).await.ok()?;
        let open = |number: usize| {
            let (_, sealed) = rows.iter().find(|(name, _)| *name == row_name(number))?;
            local::open(key, Namespace::Stock, &place(till, number), sealed).ok()
        };
        let HeadRow { epoch, now, settled } = cbor::from_slice(&open(0)?).ok()?;
        let parts: Option<Vec<Part>> = (1..=PARTS).map(|number| cbor::from_slice(&open(number)?).ok()).collect();
        Some(Base::of(epoch, now, settled, parts?))
    }

    pub(super) fn close_stock(&self) {
        self.inner.stock.take();
        self.inner.new_stock.take();
        if let Some(till) = self.till() {
            till.uploader.stock.ask(None);
        }
    }

    /// Lets the next batches ask for what changed.
    pub(super) fn ask_for_stock(&self, till: &Till) {
        till.uploader.stock.ask(self.inner.stock.borrow().as_ref().map(|base| base.now.clone()));
    }

    /// Takes in what came, and keeps it. What cannot be kept is known until the page is loaded again, and asked for then.
    pub(super) async fn hear_of_stock(&self, till: &Till) {
        let news = till.uploader.stock.take();
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone());
        let (Some(key), false) = (key, news.is_empty()) else { return };
        let base = {
            let mut stock = self.inner.stock.borrow_mut();
            let Some(base) = stock.as_mut() else { return };
            let before = (base.now.clone(), base.settled);
            let changed: Vec<usize> = news.iter().filter_map(|news| base.take(news)).flatten().collect();
            if changed.is_empty() && before == (base.now.clone(), base.settled) {
                return;
            }
            (base.clone(), changed)
        };
        let (base, mut changed) = base;
        changed.sort_unstable();
        changed.dedup();
        *self.inner.new_stock.borrow_mut() = Some(base.clone());
        if let Some(changes) = rows(till, &key, &base, &changed) {
            let _ = self.inner.parts.store.transact(false, &changes).await;
        }
        self.tell_listeners();
    }
}

fn rows(till: &Till, key: &SecretKey, base: &Base, changed: &[usize]) -> Option<Vec<Change>> {
    let seal = |number: usize, plain: &[u8]| {
        let sealed = local::seal(key, Namespace::Stock, &place(till, number), random::bytes(), plain).ok()?;
        Some(Change::name(Table::Meta, row_name(number), sealed))
    };
    let head = HeadRow { epoch: base.epoch, now: base.now.clone(), settled: base.settled };
    let mut changes = vec![seal(0, &cbor::to_vec(&head).ok()?)?];
    for (place, part) in base.parts().enumerate().filter(|(place, _)| changed.contains(place)) {
        changes.push(seal(place + 1, &cbor::to_vec(part).ok()?)?);
    }
    Some(changes)
}

fn row_name(number: usize) -> String {
    format!("{STOCK}{number}")
}

fn place(till: &Till, number: usize) -> Binding<'static> {
    let record = &till.identity.record;
    Binding { shop: record.shop.0, till: record.till.0, store: "stock", seq: number as u64 }
}
