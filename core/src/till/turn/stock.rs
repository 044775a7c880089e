//! Stock at the till: what the server told of it, what the till's own entries move, and counting.

use super::{Panel, Purpose, Turn};
use crate::{
    device::Committed,
    journal::Body,
    money::Milli,
    scan::code,
    stock::{Base, LEVEL_MAX, Shelf},
    till::Form,
};

impl Turn<'_> {
    /// The server told levels; what of the till's own is in them does not count twice.
    pub(super) fn stock_told(&mut self, base: Base) {
        self.desk.ledger.stock.settle(base.settled);
        self.desk.shelf = Shelf::of(base, &self.desk.ledger.stock);
    }

    /// What was just written has moved something.
    pub(super) fn note_on_shelf(&mut self) {
        self.desk.shelf = self.desk.shelf.with(&self.desk.ledger.stock);
    }

    pub(super) fn choose_to_count(&mut self, sku: &str) {
        let Some(Panel::Form(Form::CountStock { sku: chosen, last })) = &mut self.desk.panel else { return };
        let Some(product) = self.desk.config.product(sku) else { return self.fail("This product is not in the catalogue.") };
        if product.details.stock.is_none() {
            return self.fail("No stock is kept of this article. The owner can begin to in the office.");
        }
        *chosen = Some(sku.to_owned());
        *last = None;
    }

    /// A code that is scanned while stock is counted is an article to count.
    pub(super) fn scanned_to_count(&mut self, code: &str) {
        let config = std::rc::Rc::clone(&self.desk.config);
        match code::find(code, &config) {
            Some(found) => self.choose_to_count(&found.product().sku),
            None => self.fail("The shop does not know this code."),
        }
    }

    pub(super) fn count_stock(&mut self, sku: &str, counted: &str) {
        let config = std::rc::Rc::clone(&self.desk.config);
        let Some(product) = config.product(sku).filter(|product| product.details.stock.is_some()) else {
            return self.fail("No stock is kept of this article. The owner can begin to in the office.");
        };
        let Some(counted) = level(counted, product.details.unit.is_some()) else {
            return self.fail("Type what is there, such as 12.");
        };
        match self.desk.shelf.count(product, counted) {
            Some(counted) => self.commit(Purpose::CountStock, vec![Body::StockCounted(counted)]),
            None => self.fail("This till has not heard of this article's stock yet. Connect it once, then count."),
        }
    }

    /// On to the next article.
    pub(super) fn stock_counted(&mut self, committed: &[Committed]) {
        let last = committed.iter().rev().find_map(|done| match &done.entry.body {
            Body::StockCounted(counted) => Some(counted.clone()),
            _ => None,
        });
        self.desk.panel = Some(Panel::Form(Form::CountStock { sku: None, last }));
    }
}

/// A typed level: whole pieces, or what a scale shows. Nothing for what is none.
fn level(text: &str, by_weight: bool) -> Option<Milli> {
    let level = match text.trim() {
        text if by_weight => Milli::parse(text)?,
        text => Milli::pieces(text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??),
    };
    (level <= LEVEL_MAX).then_some(level)
}
