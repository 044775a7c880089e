//! The running sale, before it is paid.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    catalogue::Product,
    config::Config,
    money::{Milli, OutOfRange, QTY_MAX},
    sale::{SaleLine, Totals},
    tax,
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

    /// Adds one piece: to the line of the same product at the same price, or as a new line.
    pub fn add(&mut self, product: &Product, config: &Config) -> Result<(), CartError> {
        self.change(config, |lines| {
            let same = |line: &CartLine| line.product.sku == product.sku && line.product.price == product.price;
            if let Some(line) = lines.iter_mut().find(|line| same(line)) {
                line.qty = checked_qty(line.qty.0.saturating_add(Milli::ONE.0))?;
            } else if lines.len() >= LINES_MAX {
                return Err(CartError::Full);
            } else {
                lines.push(CartLine { product: product.clone(), qty: Milli::ONE });
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
    let price = line.qty.price(line.product.price)?;
    let split = tax::split(price, &config.taxes_of(&line.product), config.tax_mode)?;
    Ok(SaleLine {
        sku: line.product.sku.clone(),
        name: line.product.title(),
        qty: line.qty,
        unit: line.product.price,
        price,
        net: split.net,
        taxes: split.taxes,
        gross: split.gross,
    })
}
