//! A paid sale: what the journal keeps and the server reckons again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    ids::{SaleId, ShiftId},
    money::{Milli, Minor, OutOfRange},
    tax::{self, Ppm, Tax, TaxMode, TaxShare},
    tender::Tender,
};

/// A sale, complete in itself: a receipt can be printed and the totals checked from it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// ISO 4217 code of every amount in it.
    pub currency: String,
    /// Were prices with or without tax?
    pub tax_mode: TaxMode,
    /// What was sold.
    pub lines: Vec<SaleLine>,
    /// The lines' sums.
    pub totals: Totals,
    /// What cash rounding added to (or took from) `totals.gross`.
    pub rounding: Minor,
    /// How it was paid; the amounts' sum is `totals.gross + rounding`.
    pub tenders: Vec<Tender>,
    /// The till's turnover in this currency since its enrolment, this sale included: a tail that was cut off shows.
    pub turnover: Minor,
}

/// One line of a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLine {
    /// The product's key at the time.
    pub sku: String,
    /// Its name at the time.
    pub name: String,
    /// How much of it.
    pub qty: Milli,
    /// Price of one piece, as shown.
    pub unit: Minor,
    /// The catalogue's price of one piece, where it was sold at another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_unit: Option<Minor>,
    /// What was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// `qty × unit`, rounded, less the discount.
    pub price: Minor,
    /// Without tax.
    pub net: Minor,
    /// Its taxes.
    pub taxes: Vec<TaxShare>,
    /// With tax.
    pub gross: Minor,
}

/// A part of a line's price that was taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Which part.
    pub rate: Ppm,
    /// How much that is: `qty × unit × rate`, rounded.
    pub amount: Minor,
    /// Why, in the cashier's words.
    pub reason: String,
}

/// A sale that was taken back in the shift in which it was made. The sale's own entry stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Which sale.
    pub sale: SaleId,
    /// Why, in the person's words.
    pub reason: String,
    /// What the customer gets back: what was owed.
    pub due: Minor,
    /// The till's turnover without it.
    pub turnover: Minor,
}

/// Sums over a sale's lines. `net + tax = gross`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Without tax.
    pub net: Minor,
    /// All taxes.
    pub tax: Minor,
    /// With tax: what the customer owes before cash rounding.
    pub gross: Minor,
}

/// One tax's sum over a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTotal {
    /// The tax's code.
    pub code: String,
    /// Its rate.
    pub rate: Ppm,
    /// What bears it, without tax.
    pub net: Minor,
    /// The tax.
    pub tax: Minor,
}

/// A sale whose figures do not follow from its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SaleFault {
    /// A line's price is not quantity times unit price, less its discount.
    #[error("a line's price is not its quantity times its unit price, less its discount")]
    LinePrice,
    /// A line's tax is not what its rates give.
    #[error("a line's tax is not what its rates give")]
    LineTax,
    /// The totals are not the lines' sums.
    #[error("the totals are not the sums of the lines")]
    Totals,
    /// The tenders do not add up to what was owed.
    #[error("the payments do not add up to the total")]
    Tenders,
    /// An amount is out of range.
    #[error("an amount is out of range")]
    Range,
}

impl From<OutOfRange> for SaleFault {
    fn from(_: OutOfRange) -> Self {
        SaleFault::Range
    }
}

impl Void {
    /// May it take its sale back? `shift` is the void's own, `due` what the sale came to; nothing, if there is no such sale
    /// to take back (any more).
    pub fn fits(&self, shift: Option<ShiftId>, due: Option<Minor>) -> bool {
        due == Some(self.due) && shift.is_some_and(|shift| shift.epoch == self.sale.epoch && self.sale.seq > shift.seq)
    }
}

impl Totals {
    /// The sums of `lines`.
    pub fn of(lines: &[SaleLine]) -> Result<Totals, OutOfRange> {
        let net = Minor::sum(lines.iter().map(|line| line.net))?;
        let gross = Minor::sum(lines.iter().map(|line| line.gross))?;
        Ok(Totals { net, gross, tax: gross.minus(net)? })
    }
}

impl SaleLine {
    /// Reckons its figures again from quantity, unit price, discount and rates.
    pub(crate) fn check(&self, mode: TaxMode) -> Result<(), SaleFault> {
        let full = self.qty.price(self.unit)?;
        let off = match &self.discount {
            Some(discount) if discount.rate > Ppm::WHOLE || discount.rate.of(full)? != discount.amount => {
                return Err(SaleFault::LinePrice);
            }
            Some(discount) => discount.amount,
            None => Minor::ZERO,
        };
        if full.minus(off)? != self.price {
            return Err(SaleFault::LinePrice);
        }
        let rates: Vec<Tax> =
            self.taxes.iter().map(|t| Tax { code: t.code.clone(), name: String::new(), rate: t.rate }).collect();
        let split = tax::split(self.price, &rates, mode)?;
        if (split.net, &split.taxes, split.gross) != (self.net, &self.taxes, self.gross) {
            return Err(SaleFault::LineTax);
        }
        Ok(())
    }
}

impl TaxTotal {
    /// The sums over lines, given as net and taxes, in the order of code and rate. They saturate.
    pub(crate) fn by_rate<'a>(lines: impl Iterator<Item = (Minor, &'a [TaxShare])>) -> Vec<TaxTotal> {
        let mut sums: BTreeMap<(String, Ppm), (i64, i64)> = BTreeMap::new();
        for (net, shares) in lines {
            for share in shares {
                let sum = sums.entry((share.code.clone(), share.rate)).or_default();
                sum.0 = sum.0.saturating_add(net.0);
                sum.1 = sum.1.saturating_add(share.amount.0);
            }
        }
        sums.into_iter().map(|((code, rate), (net, tax))| TaxTotal { code, rate, net: Minor(net), tax: Minor(tax) }).collect()
    }
}

impl Sale {
    /// What the customer owed: the total after cash rounding.
    pub fn due(&self) -> Result<Minor, OutOfRange> {
        self.totals.gross.plus(self.rounding)
    }

    /// Reckons every figure again from quantities, unit prices and rates: what the server does with each sale.
    pub fn check(&self) -> Result<(), SaleFault> {
        for line in &self.lines {
            line.check(self.tax_mode)?;
        }
        if Totals::of(&self.lines)? != self.totals {
            return Err(SaleFault::Totals);
        }
        let paid = Minor::sum(self.tenders.iter().map(|t| t.amount))?;
        if paid != self.due()? || !self.tenders.iter().all(Tender::is_consistent) {
            return Err(SaleFault::Tenders);
        }
        Ok(())
    }

    /// Taxes by rate, in the order of code and rate.
    pub fn taxes(&self) -> Vec<TaxTotal> {
        TaxTotal::by_rate(self.lines.iter().map(|line| (line.net, line.taxes.as_slice())))
    }

    /// What was taken off, over all lines.
    pub fn discounts(&self) -> Minor {
        Minor(self.lines.iter().filter_map(|line| line.discount.as_ref()).map(|d| d.amount.0).fold(0, i64::saturating_add))
    }

    /// Change handed back, over all tenders.
    pub fn change(&self) -> Minor {
        Minor(self.tenders.iter().map(|t| t.change.0).fold(0, i64::saturating_add))
    }
}
