//! The last change to the orders can be undone: what they were before it is kept until the next one.
//!
//! Invariant: an undo gives nobody what their role does not. It is refused, or approved, as a command that does the same.

use super::{Desk, Parked, Stage, Turn, effect::Effect};
use crate::{
    cart::{Cart, CartLine},
    journal::LineOut,
    staff::{Need, Permission},
};

/// What the orders were before the last change.
#[derive(Clone, Debug)]
pub struct Undo {
    cart: Cart,
    parked: Vec<Parked>,
    taken_out: Vec<LineOut>,
    /// What the change was, where the carts alone do not say so.
    change: Option<Change>,
}

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A product was added.
    Added,
    /// A line was taken out.
    Removed,
    /// A line has another quantity.
    Quantity,
    /// A line has another discount, or none any more.
    Discount,
    /// A line has another price.
    Price,
    /// Something else was chosen with a line, or said about it.
    Options,
    /// The whole order has another discount, or none any more.
    OrderDiscount,
    /// A gift card is sold or loaded with the order, or not any more.
    GiftCard,
    /// The order has another name, note or coupon.
    Words,
    /// The order was put aside.
    PutAside,
    /// An order that was put aside came back.
    Recalled,
    /// A part of the order became one of its own.
    Split,
    /// An order that was put aside joined this one.
    Joined,
}

impl Undo {
    /// Is `now` the cart of before, but for the time?
    fn is_of(&self, now: &Cart, now_ms: i64) -> bool {
        let [mut before, mut now] = [self.cart.clone(), now.clone()];
        before.touch(now_ms);
        now.touch(now_ms);
        before == now
    }

    /// What was changed, and the name of the product that it is about.
    pub fn what(&self, now: &Cart) -> (Change, Option<String>) {
        match self.change {
            Some(change) => (change, None),
            None => difference(&self.cart, now),
        }
    }
}

/// What tells two carts apart of which the second came from the first by one command.
fn difference(before: &Cart, now: &Cart) -> (Change, Option<String>) {
    let title = |line: Option<&CartLine>| line.map(|line| line.product.title());
    let (old, new) = (before.lines(), now.lines());
    let place = old.iter().zip(new).position(|(old, new)| old != new).unwrap_or(old.len().min(new.len()));
    match (old.get(place), new.get(place)) {
        _ if new.len() > old.len() => (Change::Added, title(new.last())),
        (was, _) if new.len() < old.len() => (Change::Removed, title(was)),
        (Some(was), Some(is)) => {
            let change = if was.qty != is.qty {
                Change::Quantity
            } else if (&was.discount, &was.off) != (&is.discount, &is.off) {
                Change::Discount
            } else if (was.unit, was.asked) != (is.unit, is.asked) {
                Change::Price
            } else {
                Change::Options
            };
            (change, title(Some(is)))
        }
        _ if before.order_off() != now.order_off() => (Change::OrderDiscount, None),
        _ if before.gifts() != now.gifts() => (Change::GiftCard, None),
        _ => (Change::Words, None),
    }
}

/// What the undo needs: what it takes out of the orders needs what removing a line does; what it brings back with something off,
/// or at another price, needs what giving that does.
pub(super) fn needs(desk: &Desk) -> Vec<Need> {
    let mut needs = vec![Need::Permission(Permission::Sell)];
    let (Some(undo), Stage::Selling(cart)) = (&desk.undo, &desk.stage) else { return needs };
    let (now, before) = (all(cart, &desk.parked), all(&undo.cart, &undo.parked));
    let has = |carts: &[&Cart], sku: &str| carts.iter().flat_map(|cart| cart.lines()).any(|line| line.product.sku == sku);
    if now.iter().flat_map(|cart| cart.lines()).any(|line| !has(&before, &line.product.sku)) {
        needs.push(Need::Permission(Permission::VoidLine));
    }
    for cart in &before {
        for (place, line) in cart.lines().iter().enumerate() {
            if now.iter().any(|now| now.order_off() == cart.order_off() && now.lines().contains(line)) {
                continue;
            }
            let rate = cart.rate_off(place);
            needs.extend((rate.0 > 0).then_some(Need::Discount(rate)));
            needs.extend(line.unit.map(|_| Need::Permission(Permission::PriceOverride)));
        }
    }
    needs
}

fn all<'a>(cart: &'a Cart, parked: &'a [Parked]) -> Vec<&'a Cart> {
    std::iter::once(cart).chain(parked.iter().map(|parked| &parked.cart)).collect()
}

impl Turn<'_> {
    /// The orders as they are, to come back to after a change that is about to be made.
    pub(super) fn before(&self) -> Option<Undo> {
        let Stage::Selling(cart) = &self.desk.stage else { return None };
        let (parked, taken_out) = (self.desk.parked.clone(), self.desk.taken_out.clone());
        Some(Undo { cart: cart.clone(), parked, taken_out, change: None })
    }

    /// The change was made, and can be undone. If it changed nothing, what could be undone before still can be.
    pub(super) fn can_undo(&mut self, before: Option<Undo>, change: Option<Change>) {
        if let (Some(before), None, Stage::Selling(cart)) = (&before, change, &self.desk.stage)
            && before.is_of(cart, self.now_ms)
        {
            return;
        }
        if let Some(before) = &before {
            self.note_taken_out(&before.cart, &before.parked);
        }
        self.desk.undo = before.map(|before| Undo { change, ..before });
    }

    pub(super) fn undo(&mut self) {
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        let Some(Undo { cart: mut before, parked, taken_out, .. }) = self.desk.undo.take() else {
            return self.fail("There is nothing to undo.");
        };
        if cart.is_empty() && !before.is_empty() {
            self.effects.push(Effect::KeepAwake(true));
        }
        before.touch(self.now_ms);
        let cart = std::mem::replace(cart, before);
        let parked = std::mem::replace(&mut self.desk.parked, parked);
        self.desk.taken_out = taken_out;
        // What was added and is undone is taken out like anything else.
        self.note_taken_out(&cart, &parked);
        self.save_orders();
    }
}
