//! What is taken out of orders before they are paid is journalled, with the sale or the shift's end, whoever did it and however: by
//! removing, by a smaller quantity, by an undo. Splitting, joining and putting aside take nothing out.

use std::collections::BTreeMap;

use super::{Stage, Turn};
use crate::{
    cart::Cart,
    config::Config,
    journal::{Body, LineOut},
    money::{Milli, Minor},
    till::Parked,
};

/// So many go into one entry, far below what an entry may hold.
const LINES_AT_ONCE: usize = 50;

/// Of each SKU in some orders: its name, how much, and what that costs before anything is taken off.
type Goods = BTreeMap<String, (String, Milli, Minor)>;

impl Turn<'_> {
    /// Notes what these orders had that those on screen and put aside have no more.
    pub(in crate::till) fn note_taken_out(&mut self, cart: &Cart, parked: &[Parked]) {
        let Stage::Selling(now) = &self.desk.stage else { return };
        let config = &self.desk.config;
        let (before, now) = (goods(cart, parked, config), goods(now, &self.desk.parked, config));
        for (sku, (name, qty, amount)) in before {
            let (left, left_amount) = now.get(&sku).map_or((Milli(0), Minor::ZERO), |(_, qty, amount)| (*qty, *amount));
            if left < qty {
                let (qty, amount) = (Milli(qty.0.saturating_sub(left.0)), Minor(amount.0.saturating_sub(left_amount.0)));
                self.desk.taken_out.push(LineOut { by: self.desk.staff.id, at_ms: self.now_ms, sku, name, qty, amount });
            }
        }
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

fn goods(cart: &Cart, parked: &[Parked], config: &Config) -> Goods {
    let mut goods = Goods::new();
    for cart in std::iter::once(cart).chain(parked.iter().map(|parked| &parked.cart)) {
        for line in cart.lines() {
            let (_, qty, amount) =
                goods.entry(line.product.sku.clone()).or_insert_with(|| (line.product.title(), Milli(0), Minor::ZERO));
            *qty = Milli(qty.0.saturating_add(line.qty.0));
            // What cannot be reckoned never came into a cart.
            *amount = Minor(amount.0.saturating_add(line.full_price(config).unwrap_or_default().0));
        }
    }
    goods
}
