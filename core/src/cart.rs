//! The running sale, before it is paid.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    bytes::Hash,
    catalogue::Product,
    config::Config,
    money::{Milli, Minor, OutOfRange, QTY_MAX},
    reason::Reason,
    sale::{Discount, SaleLine, Totals},
    tax::{self, Ppm},
};

/// The most lines that one sale may have.
pub const LINES_MAX: usize = 500;

/// A cart: lines in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    lines: Vec<CartLine>,
}

/// A product in the cart, at the price of the moment when it was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// What.
    pub product: Product,
    /// How much of it; more than zero.
    pub qty: Milli,
    /// The price of one piece, where it is not the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Minor>,
    /// Which part is taken off, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<(Ppm, String)>,
}

impl CartLine {
    /// Sold as the catalogue says?
    pub fn is_plain(&self) -> bool {
        self.unit.is_none() && self.discount.is_none()
    }
}

/// Why a cart was left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CartError {
    /// The quantity is zero, negative or above [`QTY_MAX`].
    #[error("A quantity is between 1 and 9,999.")]
    Quantity,
    /// There are [`LINES_MAX`] lines already.
    #[error("This sale has as many lines as one sale can have. Charge it and start another.")]
    Full,
    /// The amount is beyond what a till handles.
    #[error("This sale's total is too large for a till.")]
    Amount,
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
        self.lines.is_empty()
    }

    /// Adds one piece: to the line of the same product at the same, unchanged price, or as a new line.
    pub fn add(&mut self, product: &Product, config: &Config) -> Result<(), CartError> {
        self.change(config, |lines| {
            let same =
                |line: &CartLine| line.product.sku == product.sku && line.product.price == product.price && line.is_plain();
            if let Some(line) = lines.iter_mut().find(|line| same(line)) {
                line.qty = checked_qty(line.qty.0.saturating_add(Milli::ONE.0))?;
            } else if lines.len() >= LINES_MAX {
                return Err(CartError::Full);
            } else {
                lines.push(CartLine { product: product.clone(), qty: Milli::ONE, unit: None, discount: None });
            }
            Ok(())
        })
    }

    /// Sets the quantity of line `index`.
    pub fn set_qty(&mut self, index: usize, qty: Milli, config: &Config) -> Result<(), CartError> {
        self.change(config, |lines| {
            lines.get_mut(index).ok_or(CartError::NoLine)?.qty = checked_qty(qty.0)?;
            Ok(())
        })
    }

    /// Takes `rate` off line `index`; nothing for a rate of zero. It replaces any discount that stood there.
    pub fn set_discount(&mut self, index: usize, rate: Ppm, reason: &Reason, config: &Config) -> Result<(), CartError> {
        self.change(config, |lines| {
            let discount = (rate.0 > 0).then(|| (rate, reason.as_str().to_owned()));
            lines.get_mut(index).ok_or(CartError::NoLine)?.discount = discount;
            Ok(())
        })
    }

    /// Sells line `index` at `unit` a piece.
    pub fn set_price(&mut self, index: usize, unit: Minor, config: &Config) -> Result<(), CartError> {
        self.change(config, |lines| {
            let line = lines.get_mut(index).ok_or(CartError::NoLine)?;
            line.unit = (unit != line.product.price).then_some(unit);
            Ok(())
        })
    }

    /// What the order is, as a digest: an approval is bound to it.
    pub fn digest(&self) -> Hash {
        let mut bytes = Vec::new();
        for line in &self.lines {
            // Every part with its length or of fixed length, so that no two carts share their bytes.
            bytes.extend_from_slice(&(line.product.sku.len() as u64).to_be_bytes());
            bytes.extend_from_slice(line.product.sku.as_bytes());
            bytes.extend_from_slice(&line.qty.0.to_be_bytes());
            bytes.extend_from_slice(&line.unit.unwrap_or(line.product.price).0.to_be_bytes());
            bytes.extend_from_slice(&line.discount.as_ref().map_or(0, |(rate, _)| rate.0).to_be_bytes());
        }
        Hash::of(&bytes)
    }

    /// Takes line `index` out.
    pub fn remove(&mut self, index: usize) -> Result<CartLine, CartError> {
        if index >= self.lines.len() {
            return Err(CartError::NoLine);
        }
        Ok(self.lines.remove(index))
    }

    /// Puts a removed line back where it stood.
    pub fn put_back(&mut self, index: usize, line: CartLine, config: &Config) -> Result<(), CartError> {
        self.change(config, |lines| {
            if lines.len() >= LINES_MAX {
                return Err(CartError::Full);
            }
            lines.insert(index.min(lines.len()), line);
            Ok(())
        })
    }

    /// The lines as the sale will hold them, with tax, and their totals.
    pub fn reckon(&self, config: &Config) -> Result<(Vec<SaleLine>, Totals), OutOfRange> {
        let lines = self.lines.iter().map(|line| sale_line(line, config)).collect::<Result<Vec<_>, _>>()?;
        let totals = Totals::of(&lines)?;
        Ok((lines, totals))
    }

    /// Applies `change`, and keeps it only if the cart can still be reckoned.
    fn change(
        &mut self,
        config: &Config,
        change: impl FnOnce(&mut Vec<CartLine>) -> Result<(), CartError>,
    ) -> Result<(), CartError> {
        let mut next = Cart { lines: self.lines.clone() };
        change(&mut next.lines)?;
        next.reckon(config)?;
        *self = next;
        Ok(())
    }
}

fn checked_qty(qty: i64) -> Result<Milli, CartError> {
    if qty <= 0 || qty > QTY_MAX.0 { Err(CartError::Quantity) } else { Ok(Milli(qty)) }
}

fn sale_line(line: &CartLine, config: &Config) -> Result<SaleLine, OutOfRange> {
    let unit = line.unit.unwrap_or(line.product.price);
    let full = line.qty.price(unit)?;
    let discount = match &line.discount {
        Some((rate, reason)) => Some(Discount { rate: *rate, amount: rate.of(full)?, reason: reason.clone() }),
        None => None,
    };
    let price = full.minus(discount.as_ref().map_or(Minor::ZERO, |discount| discount.amount))?;
    let split = tax::split(price, &config.taxes_of(&line.product), config.tax_mode)?;
    Ok(SaleLine {
        sku: line.product.sku.clone(),
        name: line.product.title(),
        qty: line.qty,
        unit,
        list_unit: line.unit.map(|_| line.product.price),
        discount,
        price,
        net: split.net,
        taxes: split.taxes,
        gross: split.gross,
    })
}
