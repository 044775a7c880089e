//! The running sale, before it is paid.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    bytes::Hash,
    catalogue::{Extra, Product},
    config::Config,
    exchange::Return,
    gift::CartGift,
    ids::CustomerId,
    money::{Milli, Minor, OutOfRange, QTY_MAX},
    promotion::{self, Item},
    reason::Reason,
    sale::{Discount, SaleLine, Totals, reckon},
    tax::{Ppm, TaxShare},
};

mod gifts;
mod off;

pub use gifts::GIFTS_MAX;
pub use off::{Measure, Off, both};

/// The most lines that one sale may have.
pub const LINES_MAX: usize = 500;

/// The longest name of an order, note or coupon code, in characters.
pub const WORDS_MAX: usize = 120;

/// A cart: lines in the order in which they were added, and what holds for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    lines: Vec<CartLine>,
    /// Money for gift cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gifts: Vec<CartGift>,
    /// What the order is called while it is put aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What the customer wants to read on the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What is taken off the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    off: Option<Off>,
    /// The code that the customer showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coupon: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    /// What comes back for it, in an exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exchange: Option<Box<Return>>,
    /// When it was changed last, milliseconds since 1970: which promotions run is told by it.
    #[serde(default)]
    at_ms: i64,
}

/// A product in the cart, at the price of the moment when it was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// What.
    pub product: Product,
    /// How much of it; more than zero.
    pub qty: Milli,
    /// The price of one, where the catalogue has none: it was asked, or stood on the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Minor>,
    /// The price of one piece, where it is not the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Minor>,
    /// Which part is taken off, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<(Ppm, String)>,
    /// The amount that is taken off in place of a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<Off>,
    /// What was chosen with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl CartLine {
    /// One piece of `product`, at its price.
    pub fn of(product: &Product) -> CartLine {
        CartLine {
            product: product.clone(),
            qty: Milli::ONE,
            asked: None,
            unit: None,
            discount: None,
            off: None,
            extras: Vec::new(),
            note: None,
        }
    }

    /// Sold as the catalogue says, with nothing said or chosen?
    pub fn is_plain(&self) -> bool {
        self.asked.is_none()
            && self.unit.is_none()
            && self.discount.is_none()
            && self.off.is_none()
            && self.extras.is_empty()
            && self.note.is_none()
            && !self.product.asks()
    }

    /// The part of its price that a person takes off.
    pub fn rate_off(&self) -> Ppm {
        let by_amount = self.off.as_ref().map(|off| off.measure.rate());
        self.discount.as_ref().map(|(rate, _)| *rate).or(by_amount).unwrap_or_default()
    }

    /// What it costs before anybody or anything takes something off.
    pub fn full_price(&self, config: &Config) -> Result<Minor, OutOfRange> {
        reckon::full_price(&agreed(self, config))
    }

    fn list_price(&self) -> Minor {
        self.asked.unwrap_or(self.product.price)
    }
}

/// An order as its sale will hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reckoned {
    /// Its lines, with tax.
    pub lines: Vec<SaleLine>,
    /// Their sums.
    pub totals: Totals,
    /// What is taken off the whole; the lines have their shares.
    pub discount: Option<Discount>,
}

/// Why a cart was left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CartError {
    /// The quantity is zero, negative or above [`QTY_MAX`].
    #[error("A quantity is more than 0 and at most 9,999.")]
    Quantity,
    /// There are [`LINES_MAX`] lines already.
    #[error("This sale has as many lines as one sale can have. Charge it and start another.")]
    Full,
    /// The amount is beyond what a till handles.
    #[error("This sale's total is too large for a till.")]
    Amount,
    /// More is taken off than there is.
    #[error("This takes more off than there is to pay.")]
    TooMuchOff,
    /// An order with a discount cannot be split or joined: it would be for other goods.
    #[error("Take the order's discount away first.")]
    OrderDiscount,
    /// No promotion of now has this coupon code.
    #[error("This coupon code is not valid now.")]
    Coupon,
    /// Too long.
    #[error("This is too long. Use up to 120 characters.")]
    Words,
    /// This card is in the order already.
    #[error("This card is in the order already. Take it out first to change the amount.")]
    SameGift,
    /// No such line.
    #[error("This line is no longer in the cart.")]
    NoLine,
}

impl From<OutOfRange> for CartError {
    fn from(_: OutOfRange) -> Self {
        CartError::Amount
    }
}

impl Cart {
    /// The lines, oldest first.
    pub fn lines(&self) -> &[CartLine] {
        &self.lines
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.gifts.is_empty() && self.exchange.is_none()
    }

    /// What comes back for it, in an exchange.
    pub fn exchange(&self) -> Option<&Return> {
        self.exchange.as_deref()
    }

    /// From now on this comes back for it; or it is no exchange (any more).
    pub fn set_exchange(&mut self, exchange: Option<Return>) {
        self.exchange = exchange.map(Box::new);
    }

    /// Adds one piece: to the line of the same product at the same, unchanged price, or as a new line.
    pub fn add(&mut self, product: &Product, config: &Config) -> Result<(), CartError> {
        self.add_line(CartLine::of(product), config)
    }

    /// Adds `line`: to one that is just like it and plain, or as a new one.
    pub fn add_line(&mut self, added: CartLine, config: &Config) -> Result<(), CartError> {
        checked_qty(added.qty.0)?;
        self.change(config, |Cart { lines, .. }| {
            let product = &added.product;
            let same =
                |line: &CartLine| line.product.sku == product.sku && line.product.price == product.price && line.is_plain();
            let full = lines.len() >= LINES_MAX;
            match lines.iter_mut().find(|line| added.is_plain() && same(line)) {
                Some(line) => line.qty = checked_qty(line.qty.0.saturating_add(added.qty.0))?,
                None if full => return Err(CartError::Full),
                None => lines.push(added),
            }
            Ok(())
        })
    }

    /// Sets the quantity of line `index`.
    pub fn set_qty(&mut self, index: usize, qty: Milli, config: &Config) -> Result<(), CartError> {
        self.change(config, |cart| {
            cart.line(index)?.qty = checked_qty(qty.0)?;
            Ok(())
        })
    }

    /// Takes `rate` off line `index`; nothing for a rate of zero. It replaces any discount that stood there.
    pub fn set_discount(&mut self, index: usize, rate: Ppm, reason: &Reason, config: &Config) -> Result<(), CartError> {
        self.change(config, |cart| {
            let line = cart.line(index)?;
            line.discount = (rate.0 > 0).then(|| (rate, reason.as_str().to_owned()));
            line.off = None;
            Ok(())
        })
    }

    /// Takes `amount` off line `index`. It replaces any discount that stood there.
    pub fn set_amount_off(&mut self, index: usize, amount: Minor, reason: &Reason, config: &Config) -> Result<(), CartError> {
        let of = self.before_discount(index, config)?;
        if amount > of {
            return Err(CartError::TooMuchOff);
        }
        self.change(config, |cart| {
            let line = cart.line(index)?;
            line.discount = None;
            line.off =
                (amount.0 > 0).then(|| Off { measure: Measure::Amount { amount, of }, reason: reason.as_str().to_owned() });
            Ok(())
        })
    }

    /// What line `index` comes to before a person takes something off.
    pub fn before_discount(&self, index: usize, config: &Config) -> Result<Minor, CartError> {
        let mut undiscounted = Cart { off: None, ..self.clone() };
        let line = undiscounted.line(index)?;
        (line.discount, line.off) = (None, None);
        let (lines, _) = undiscounted.reckon(config)?;
        lines.get(index).map(|line| line.price).ok_or(CartError::NoLine)
    }

    /// What the lines come to before something is taken off the whole.
    pub fn before_order_discount(&self, config: &Config) -> Result<Minor, OutOfRange> {
        let (lines, _) = Cart { off: None, ..self.clone() }.reckon(config)?;
        Minor::sum(lines.iter().map(|line| line.price))
    }

    /// Takes `off` off the whole order, or nothing any more.
    pub fn set_order_off(&mut self, off: Option<Off>, config: &Config) -> Result<(), CartError> {
        if let Some(Off { measure: Measure::Amount { amount, of }, .. }) = &off
            && amount > of
        {
            return Err(CartError::TooMuchOff);
        }
        self.change(config, |cart| {
            cart.off = off;
            Ok(())
        })
    }

    /// What is taken off the whole order.
    pub fn order_off(&self) -> Option<&Off> {
        self.off.as_ref()
    }

    /// The part of line `index` that a person takes off, its own discount and the order's together.
    pub fn rate_off(&self, index: usize) -> Ppm {
        let own = self.lines.get(index).map(CartLine::rate_off).unwrap_or_default();
        both(own, self.off.as_ref().map(|off| off.measure.rate()).unwrap_or_default())
    }

    /// Sells line `index` at `unit` a piece.
    pub fn set_price(&mut self, index: usize, unit: Minor, config: &Config) -> Result<(), CartError> {
        self.change(config, |cart| {
            let line = cart.line(index)?;
            if line.product.details.open_price {
                line.asked = Some(unit);
            } else {
                line.unit = (unit != line.list_price()).then_some(unit);
            }
            Ok(())
        })
    }

    /// What was chosen with line `index`, and what was said about it.
    pub fn set_extras(&mut self, index: usize, extras: Vec<Extra>, note: &str, config: &Config) -> Result<(), CartError> {
        let note = words(note)?;
        self.change(config, |cart| {
            let line = cart.line(index)?;
            (line.extras, line.note) = (extras, note);
            Ok(())
        })
    }

    /// What the order is called, and what the customer reads on the receipt.
    pub fn set_words(&mut self, name: &str, note: &str) -> Result<(), CartError> {
        (self.name, self.note) = (words(name)?, words(note)?);
        Ok(())
    }

    /// What the order is called.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the customer reads on the receipt.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Whose it is, where the customer is known.
    pub fn customer(&self) -> Option<CustomerId> {
        self.customer
    }

    /// It is this customer's, or nobody's that is known.
    pub fn set_customer(&mut self, customer: Option<CustomerId>) {
        self.customer = customer;
    }

    /// The code that the customer showed.
    pub fn coupon(&self) -> Option<&str> {
        self.coupon.as_deref()
    }

    /// The customer showed this code, or none any more.
    pub fn set_coupon(&mut self, code: &str, config: &Config) -> Result<(), CartError> {
        let code = words(code)?;
        if let Some(code) = &code
            && !config.rules.promotions.iter().any(|p| p.coupon.is_some() && p.runs(self.at_ms, Some(code)))
        {
            return Err(CartError::Coupon);
        }
        self.change(config, |cart| {
            cart.coupon = code;
            Ok(())
        })
    }

    /// It is changed at this time, milliseconds since 1970.
    pub fn touch(&mut self, now_ms: i64) {
        self.at_ms = now_ms;
    }

    /// Takes the lines at `places` out, as an order of their own.
    pub fn split(&mut self, places: &[usize]) -> Result<Cart, CartError> {
        if self.off.is_some() {
            return Err(CartError::OrderDiscount);
        }
        let (apart, stay): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.lines).into_iter().enumerate().partition(|(place, _)| places.contains(place));
        let lines = |numbered: Vec<(usize, CartLine)>| numbered.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
        self.lines = lines(stay);
        Ok(Cart { lines: lines(apart), coupon: self.coupon.clone(), at_ms: self.at_ms, ..Cart::default() })
    }

    /// Takes another order's lines in. What both say of themselves stands after each other.
    pub fn merge(&mut self, other: &Cart, config: &Config) -> Result<(), CartError> {
        if self.off.is_some() || other.off.is_some() {
            return Err(CartError::OrderDiscount);
        }
        self.change(config, |cart| {
            if cart.lines.len() + other.lines.len() > LINES_MAX {
                return Err(CartError::Full);
            }
            cart.lines.extend(other.lines.iter().cloned());
            if cart.gifts.len() + other.gifts.len() > GIFTS_MAX {
                return Err(CartError::Full);
            }
            if other.gifts.iter().any(|gift| cart.gifts.iter().any(|own| own.card == gift.card)) {
                return Err(CartError::SameGift);
            }
            cart.gifts.extend(other.gifts.iter().cloned());
            let joined = |a: &Option<String>, b: &Option<String>| {
                let both = a.iter().chain(b).map(String::as_str).collect::<Vec<_>>().join(", ");
                words(&both.chars().take(WORDS_MAX).collect::<String>())
            };
            cart.name = joined(&cart.name, &other.name)?;
            cart.note = joined(&cart.note, &other.note)?;
            cart.coupon = cart.coupon.take().or_else(|| other.coupon.clone());
            Ok(())
        })
    }

    /// What the order is, as a digest: an approval is bound to it.
    pub fn digest(&self) -> Hash {
        // Every part with its length or of fixed length, so that no two carts share their bytes.
        fn text(bytes: &mut Vec<u8>, text: &str) {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        fn off(bytes: &mut Vec<u8>, off: Option<&Off>) {
            let (amount, of) = match off.map(|off| off.measure) {
                None => (0, 0),
                Some(Measure::Rate(rate)) => (i64::from(rate.0), -1),
                Some(Measure::Amount { amount, of }) => (amount.0, of.0),
            };
            bytes.extend_from_slice(&amount.to_be_bytes());
            bytes.extend_from_slice(&of.to_be_bytes());
        }
        let mut bytes = Vec::new();
        for line in &self.lines {
            text(&mut bytes, &line.product.sku);
            bytes.extend_from_slice(&line.qty.0.to_be_bytes());
            bytes.extend_from_slice(&line.unit.unwrap_or(line.list_price()).0.to_be_bytes());
            bytes.extend_from_slice(&line.discount.as_ref().map_or(0, |(rate, _)| rate.0).to_be_bytes());
            off(&mut bytes, line.off.as_ref());
            bytes.extend_from_slice(&(line.extras.len() as u64).to_be_bytes());
            for extra in &line.extras {
                text(&mut bytes, &extra.name);
                bytes.extend_from_slice(&extra.price.0.to_be_bytes());
            }
        }
        off(&mut bytes, self.off.as_ref());
        text(&mut bytes, self.coupon.as_deref().unwrap_or_default());
        for gift in &self.gifts {
            bytes.extend_from_slice(&gift.card.0);
            bytes.extend_from_slice(&gift.amount.0.to_be_bytes());
        }
        if let Some(back) = &self.exchange {
            text(&mut bytes, &back.paid.id.to_string());
            for (line, qty) in &back.wanted {
                bytes.extend_from_slice(&(*line as u64).to_be_bytes());
                bytes.extend_from_slice(&qty.0.to_be_bytes());
            }
        }
        Hash::of(&bytes)
    }

    /// Takes line `index` out.
    pub fn remove(&mut self, index: usize) -> Result<CartLine, CartError> {
        if index >= self.lines.len() {
            return Err(CartError::NoLine);
        }
        let removed = self.lines.remove(index);
        if self.lines.is_empty() {
            // What held for the order went with it; its name and note may be for what is added next.
            (self.off, self.coupon) = (None, None);
        }
        Ok(removed)
    }

    /// The lines as the sale will hold them, with tax, and their totals.
    pub fn reckon(&self, config: &Config) -> Result<(Vec<SaleLine>, Totals), OutOfRange> {
        self.reckon_order(config).map(|order| (order.lines, order.totals))
    }

    /// The whole order as its sale will hold it.
    pub fn reckon_order(&self, config: &Config) -> Result<Reckoned, OutOfRange> {
        let mut lines: Vec<SaleLine> = self.lines.iter().map(|line| agreed(line, config)).collect();
        let fulls = lines.iter().map(reckon::full_price).collect::<Result<Vec<_>, _>>()?;
        if !config.rules.promotions.is_empty() {
            let items: Vec<Item<'_>> = self.lines.iter().zip(&fulls).map(|(line, full)| item(line, *full)).collect();
            let taken = promotion::apply(&items, &config.rules.promotions, self.at_ms, self.coupon.as_deref())?;
            for (line, taken) in lines.iter_mut().zip(taken) {
                line.promotion = taken;
            }
        }
        for ((line, full), own) in lines.iter_mut().zip(&fulls).zip(&self.lines) {
            if let Some(off) = &own.off {
                let base = full.minus(line.promotion.as_ref().map_or(Minor::ZERO, |taken| taken.amount))?;
                line.discount = Some(off.measure.on(base).because(&off.reason));
            }
        }
        let order = match &self.off {
            Some(off) => {
                let (lines, _) = reckon::finish(lines.clone(), None, config.tax_mode)?;
                let subtotal = Minor::sum(lines.iter().map(|line| line.price))?;
                Some(off.measure.on(subtotal).because(&off.reason))
            }
            None => None,
        };
        let (lines, discount) = reckon::finish(lines, order, config.tax_mode)?;
        let totals = Totals::of(&lines)?;
        Ok(Reckoned { lines, totals, discount })
    }

    fn line(&mut self, index: usize) -> Result<&mut CartLine, CartError> {
        self.lines.get_mut(index).ok_or(CartError::NoLine)
    }

    /// Applies `change`, and keeps it only if the cart can still be reckoned.
    fn change(&mut self, config: &Config, change: impl FnOnce(&mut Cart) -> Result<(), CartError>) -> Result<(), CartError> {
        let mut next = self.clone();
        change(&mut next)?;
        let (_, totals) = next.reckon(config)?;
        Minor::sum(next.gifts.iter().map(|gift| gift.amount))?.plus(totals.gross)?;
        *self = next;
        Ok(())
    }
}

/// What a person typed beside an order or a line: without control characters, nothing for nothing.
fn words(text: &str) -> Result<Option<String>, CartError> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if text.chars().count() > WORDS_MAX {
        return Err(CartError::Words);
    }
    Ok((!text.is_empty()).then_some(text))
}

fn checked_qty(qty: i64) -> Result<Milli, CartError> {
    if qty <= 0 || qty > QTY_MAX.0 { Err(CartError::Quantity) } else { Ok(Milli(qty)) }
}

fn item(line: &CartLine, full: Minor) -> Item<'_> {
    let extras = line.extras.iter().map(|extra| extra.price.0).fold(0, i64::saturating_add);
    Item {
        sku: &line.product.sku,
        category: line.product.category,
        pieces: line.product.details.unit.is_none().then(|| u32::try_from(line.qty.0 / 1000).unwrap_or(0)),
        unit: Minor(line.list_price().0.saturating_add(extras)),
        full,
        open: line.unit.is_none() && line.asked.is_none(),
    }
}

/// What was agreed of a line; what follows from it is reckoned by [`reckon::finish`].
fn agreed(line: &CartLine, config: &Config) -> SaleLine {
    let taxes = config.taxes_of(&line.product);
    let discount = line.discount.as_ref().map(|(rate, reason)| Discount {
        rate: *rate,
        amount: Minor::ZERO,
        by_amount: false,
        reason: reason.clone(),
    });
    SaleLine {
        sku: line.product.sku.clone(),
        name: line.product.title(),
        qty: line.qty,
        unit: line.unit.unwrap_or(line.list_price()),
        list_unit: line.unit.map(|_| line.list_price()),
        // A label with a price is one piece, whatever it weighs.
        measure: line.product.details.unit.filter(|_| line.asked.is_none()),
        extras: line.extras.clone(),
        note: line.note.clone(),
        promotion: None,
        discount,
        order_off: Minor::ZERO,
        price: Minor::ZERO,
        net: Minor::ZERO,
        taxes: taxes.into_iter().map(|tax| TaxShare { code: tax.code, rate: tax.rate, amount: Minor::ZERO }).collect(),
        gross: Minor::ZERO,
    }
}
