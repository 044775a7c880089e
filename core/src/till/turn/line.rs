//! What a cashier does at the counter beyond tapping tiles: scans, weights and asked prices, extras and notes, discounts on the
//! whole order, splitting and joining orders.

use super::{Event, Panel, Parked, Stage, Turn};
use crate::{
    cart::{Cart, CartError, CartLine, Measure, Off},
    catalogue::Product,
    gift::GiftCode,
    money::{BadAmount, Milli, Minor, as_ascii},
    proof,
    reason::Reason,
    scan::code::{self, Found},
    tax::Ppm,
    till::{Change, Desk, Form},
};

/// The longest scanned code that is looked up or shown, in characters.
const CODE_MAX: usize = 512;

impl Turn<'_> {
    pub(super) fn counter(&mut self, event: Event) {
        match event {
            Event::Scanned(code) => self.scanned(&code),
            Event::LineAsked { sku, price, qty } => self.asked(&sku, &price, &qty),
            Event::LineNoted { line, chosen, note } => self.noted(line, &chosen, &note),
            Event::AmountOffSubmitted { line, amount, reason } => match self.desk.config.currency.parse(&amount) {
                Ok(amount) => match reason_for(amount.0, &reason) {
                    Ok(reason) => self.change_line(|cart, config| cart.set_amount_off(line, amount, &reason, config)),
                    Err(sentence) => self.fail(sentence),
                },
                Err(e) => self.fail(e),
            },
            Event::OrderDiscountSubmitted { by_amount, off, reason } => match order_off(self.desk, by_amount, &off, &reason) {
                Ok(off) => self.change_line(|cart, config| cart.set_order_off(off, config)),
                Err(sentence) => self.fail(sentence),
            },
            Event::OrderNoted { name, note, coupon } => self.change_line(|cart, config| {
                cart.set_coupon(&coupon, config)?;
                cart.set_words(&name, &note)
            }),
            Event::SplitSubmitted(places) => self.split(&places),
            Event::ParkedMerged(index) => self.merge(index),
            _ => {}
        }
    }

    /// A tile was tapped, or a product was found by what was typed.
    pub(super) fn add(&mut self, sku: &str) {
        self.begin_next_sale();
        if matches!(self.desk.panel, Some(Panel::Form(Form::Variants { .. }))) {
            self.desk.panel = None;
        }
        match self.desk.config.product(sku).cloned() {
            Some(product) => self.take_line(&product, CartLine::of(&product)),
            None => self.fail("This product is not in the catalogue."),
        }
    }

    /// Adds `line`, or asks first what has to be known of it.
    fn take_line(&mut self, product: &Product, line: CartLine) {
        if !matches!(self.desk.stage, Stage::Selling(_)) {
            return;
        }
        if product.asks() && line.asked.is_none() && line.qty == Milli::ONE {
            self.desk.panel = Some(Panel::Form(Form::Ask { sku: product.sku.clone() }));
        } else {
            self.change_cart(|cart, config| cart.add_line(line, config));
        }
    }

    fn scanned(&mut self, code: &str) {
        let code = code::without_symbology(code.trim());
        // A code that nobody knows gives way to the next one; everything else that is open is dealt with first.
        match &self.desk.panel {
            Some(Panel::Form(Form::CountStock { .. })) => return self.scanned_to_count(code),
            Some(Panel::Form(Form::UnknownCode { .. })) => self.desk.panel = None,
            Some(Panel::Gift(_)) => {
                return match GiftCode::parse(code) {
                    Ok(code) => self.show_gift(code),
                    Err(e) => self.fail(e),
                };
            }
            Some(_) => return self.fail("Nothing was added. Finish or close this first, then scan again."),
            None => {}
        }
        let receipt = proof::text::is_code(code);
        match &self.desk.stage {
            Stage::Selling(_) | Stage::Receipt(_) | Stage::History(_) if receipt => return self.receipt_scanned(code),
            Stage::Selling(_) | Stage::Receipt(_) => {}
            Stage::Tendering(_) if receipt => return self.fail("Finish this sale first, then scan the receipt again."),
            Stage::Tendering(_) => {
                if self.scanned_gift(code) {
                    return;
                }
                return self.fail("Nothing was added. Go back to the cart first, then scan again.");
            }
            Stage::NoShift | Stage::Report(..) => return self.fail("Nothing was added. Open a shift first, then scan again."),
            Stage::Counting(_) | Stage::History(_) => {
                return self.fail("Nothing was added. Go back to selling first, then scan again.");
            }
        }
        let config = std::rc::Rc::clone(&self.desk.config);
        match code::find(code, &config) {
            Some(found) => {
                self.begin_next_sale();
                match found {
                    Found::Product(product) => self.take_line(product, CartLine::of(product)),
                    Found::Priced(product, price) => {
                        self.take_line(product, CartLine { asked: Some(price), ..CartLine::of(product) });
                    }
                    Found::Weighed(product, qty) => self.take_line(product, CartLine { qty, ..CartLine::of(product) }),
                }
            }
            None if self.scanned_gift(code) => {}
            None if self.scanned_coupon(code) => {}
            None => {
                let code = code.chars().filter(|c| !c.is_control()).take(CODE_MAX).collect();
                self.desk.panel = Some(Panel::Form(Form::UnknownCode { code }));
            }
        }
    }

    /// A coupon's code was scanned where nothing else was. False if no promotion has it, at whatever time.
    fn scanned_coupon(&mut self, code: &str) -> bool {
        let is_meant = |own: &String| own.trim().eq_ignore_ascii_case(code);
        if !self.desk.config.rules.promotions.iter().any(|promotion| promotion.coupon.as_ref().is_some_and(is_meant)) {
            return false;
        }
        self.begin_next_sale();
        self.change_cart(|cart, config| cart.set_coupon(code, config));
        true
    }

    /// A tap or scan on the receipt starts the next sale, as cashiers expect.
    fn begin_next_sale(&mut self) {
        if let Stage::Receipt(_) = self.desk.stage {
            self.desk.stage = Stage::Selling(Cart::default());
        }
    }

    fn asked(&mut self, sku: &str, price: &str, qty: &str) {
        let Some(product) = self.desk.config.product(sku).cloned() else {
            return self.fail("This product is not in the catalogue.");
        };
        let mut line = CartLine::of(&product);
        if product.details.open_price {
            match self.desk.config.currency.parse(price) {
                Ok(Minor(0)) | Err(BadAmount) => return self.fail(BadAmount),
                Ok(price) => line.asked = Some(price),
            }
        }
        if product.details.unit.is_some() {
            match Milli::parse(qty).filter(|qty| qty.0 > 0) {
                Some(qty) => line.qty = qty,
                None => return self.fail("Type what the scale shows, such as 0.352."),
            }
        }
        self.change_line(|cart, config| cart.add_line(line, config));
    }

    fn noted(&mut self, line: usize, chosen: &[(usize, usize)], note: &str) {
        let Some(product) = self.desk.cart().and_then(|cart| cart.lines().get(line)).map(|line| &line.product) else {
            return self.fail(CartError::NoLine);
        };
        let mut extras = Vec::new();
        for (place, modifier) in product.details.modifiers.iter().enumerate() {
            let options = modifier.options.iter().enumerate().filter(|(option, _)| chosen.contains(&(place, *option)));
            // Of what can be chosen once, the last choice counts.
            let most = if modifier.one { 1 } else { modifier.options.len() };
            let mut taken: Vec<_> = options.map(|(_, extra)| extra.clone()).rev().take(most).collect();
            taken.reverse();
            extras.extend(taken);
        }
        self.change_line(|cart, config| cart.set_extras(line, extras, note, config));
    }

    fn split(&mut self, places: &[usize]) {
        let before = self.before();
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        let count = (0..cart.lines().len()).filter(|place| places.contains(place)).count();
        if count == 0 || count == cart.lines().len() {
            return self.fail("Choose some of the lines, but not all of them.");
        }
        match cart.split(places) {
            Ok(apart) => {
                self.desk.parked.push(Parked { at_ms: self.now_ms, cart: apart });
                self.desk.panel = None;
                self.can_undo(before, Some(Change::Split));
                self.save_orders();
            }
            Err(e) => self.fail(e),
        }
    }

    fn merge(&mut self, index: usize) {
        let Some(other) = self.desk.parked.get(index).map(|parked| parked.cart.clone()) else { return };
        let before = self.before();
        self.change_cart(|cart, config| cart.merge(&other, config));
        if self.desk.error.is_none() && matches!(self.desk.stage, Stage::Selling(_)) {
            self.desk.parked.remove(index);
            self.can_undo(before, Some(Change::Joined));
            self.save_orders();
        }
    }
}

impl Desk {
    /// A typed quantity of line `index`: whole pieces, or what a scale shows.
    pub(in crate::till) fn typed_qty(&self, index: usize, text: &str) -> Option<Milli> {
        let by_weight = self.cart()?.lines().get(index).is_some_and(|line| line.product.details.unit.is_some());
        if by_weight { Milli::parse(text) } else { as_ascii(text).trim().parse().ok().map(Milli::pieces) }
    }
}

/// What was typed as a discount of the whole order; nothing for zero.
pub(in crate::till) fn order_off(desk: &Desk, by_amount: bool, off: &str, reason: &str) -> Result<Option<Off>, String> {
    let measure = if by_amount {
        let amount = desk.config.currency.parse(off).map_err(|e| e.to_string())?;
        let of = desk.cart().map_or(Ok(Minor::ZERO), |cart| cart.before_order_discount(&desk.config));
        Measure::Amount { amount, of: of.map_err(|e| e.to_string())? }
    } else {
        Measure::Rate(Ppm::parse_percent(off).map_err(|e| e.to_string())?)
    };
    let nothing = matches!(measure, Measure::Rate(Ppm(0)) | Measure::Amount { amount: Minor(0), .. });
    let reason = reason_for(i64::from(!nothing), reason)?;
    Ok((!nothing).then(|| Off { measure, reason: reason.as_str().to_owned() }))
}

/// The reason for taking this much off. Taking a discount away needs none.
fn reason_for(amount: i64, reason: &str) -> Result<Reason, String> {
    Reason::parse(if amount == 0 { "none" } else { reason }).map_err(|e| e.to_string())
}
