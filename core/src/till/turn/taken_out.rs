//! What is taken out of orders before they are paid is journalled, with the sale or the shift's end, whoever did it and however: by
//! removing, by a smaller quantity, by an undo. Splitting, joining and putting aside take nothing out.

use std::collections::BTreeMap;

use super::{Stage, Turn};
use crate::{
    cart::{Cart, CartLine},
    journal::{Body, LineOut},
    money::{Milli, Minor},
    till::Parked,
};

/// So many go into one entry, far below what an entry may hold.
const LINES_AT_ONCE: usize = 50;

impl Turn<'_> {
    /// Notes what these orders had that those on screen and put aside have no more.
    pub(in crate::till) fn note_taken_out(&mut self, cart: &Cart, parked: &[Parked]) {
        let Stage::Selling(now) = &self.desk.stage else { return };
        let (before, now) = (lines(cart, parked), lines(now, &self.desk.parked));
        let left = quantities(&now);
        // Before anything is taken off. What cannot be reckoned never came into a cart.
        let worth = |lines: &[&CartLine], sku: &str| {
            let of = lines.iter().filter(|line| line.product.sku == sku);
            of.map(|line| line.full_price(&self.desk.config).unwrap_or_default().0).fold(0, i64::saturating_add)
        };
        let mut out = Vec::new();
        for (sku, (line, qty)) in quantities(&before) {
            let less = qty.0.saturating_sub(left.get(sku).map_or(0, |(_, left)| left.0));
            if less > 0 {
                let amount = Minor(worth(&before, sku).saturating_sub(worth(&now, sku)));
                let (sku, name, qty) = (sku.to_owned(), line.product.title(), Milli(less));
                out.push(LineOut { by: self.desk.staff.id, at_ms: self.now_ms, sku, name, qty, amount });
            }
        }
        self.desk.taken_out.extend(out);
    }

    /// These entries, and before them what was taken out since the last time.
    pub(super) fn with_taken_out(&self, bodies: Vec<Body>) -> Vec<Body> {
        let out = self.desk.taken_out.chunks(LINES_AT_ONCE).map(|lines| Body::LinesTakenOut { lines: lines.to_vec() });
        out.chain(bodies).collect()
    }

    /// It is written.
    pub(super) fn taken_out_is_written(&mut self) {
        self.desk.taken_out.clear();
        self.desk.undo = None;
    }
}

/// All lines of these orders.
fn lines<'a>(cart: &'a Cart, parked: &'a [Parked]) -> Vec<&'a CartLine> {
    let carts = std::iter::once(cart).chain(parked.iter().map(|parked| &parked.cart));
    carts.flat_map(Cart::lines).collect()
}

/// How much of each SKU, and a line of it.
fn quantities<'a>(lines: &[&'a CartLine]) -> BTreeMap<&'a str, (&'a CartLine, Milli)> {
    let mut quantities: BTreeMap<&str, (&CartLine, Milli)> = BTreeMap::new();
    for line in lines {
        let (_, qty) = quantities.entry(&line.product.sku).or_insert((line, Milli(0)));
        *qty = Milli(qty.0.saturating_add(line.qty.0));
    }
    quantities
}
