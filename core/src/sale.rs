//! A paid sale: what the journal keeps and the server reckons again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) mod reckon;

use crate::{
    catalogue::{Extra, Unit, is_false},
    gift::GiftSold,
    ids::{CustomerId, SaleId, Seq, ShiftId},
    money::{Milli, Minor, OutOfRange, ROUNDING_MAX},
    promotion::Taken,
    tax::{Ppm, TaxMode, TaxShare},
    tender::{Tender, TenderKind},
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
    /// What cash rounding added to (or took from) what was owed.
    pub rounding: Minor,
    /// How it was paid; the amounts' sum is `totals.gross + gifts + tip + rounding`.
    pub tenders: Vec<Tender>,
    /// The till's turnover in this currency since its enrolment, this sale included: a tail that was cut off shows.
    pub turnover: Minor,
    /// What was taken off the whole order, spread over its lines ([`SaleLine::order_off`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// What the customer wanted to read on the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whose it is, where the customer is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// In an exchange, the refund that pays for it in part: the entry before. (In a draft, any number.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Seq>,
    /// Gift cards that were sold with it: no turnover, no tax, and in none of `totals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<GiftSold>,
    /// What the customer gave on top for the staff: no turnover, no tax, and in none of `totals`.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tip: Minor,
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
    /// What `qty` and `unit` are of, where not of pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Unit>,
    /// What was chosen with it; its price comes on top of `unit`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What a promotion took off, before any discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Taken>,
    /// What was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// Its share of what was taken off the whole order.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub order_off: Minor,
    /// `qty × (unit + extras)`, rounded, less promotion, discount and share of the order's discount.
    pub price: Minor,
    /// Without tax.
    pub net: Minor,
    /// Its taxes.
    pub taxes: Vec<TaxShare>,
    /// With tax.
    pub gross: Minor,
}

pub(crate) fn is_nothing(amount: &Minor) -> bool {
    *amount == Minor::ZERO
}

/// A part of a price that was taken off: of a line's, after its promotion; or of the sum of the lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Which part. Where an amount was agreed, the part that it is, rounded up.
    pub rate: Ppm,
    /// How much that is, rounded.
    pub amount: Minor,
    /// An amount was agreed, not a part.
    #[serde(default, skip_serializing_if = "is_false")]
    pub by_amount: bool,
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
    /// What of it was no turnover: gift cards and the tip.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub outside: Minor,
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
    /// The order's discount is not what its rate gives.
    #[error("the order's discount is not what its rate gives")]
    OrderDiscount,
    /// The totals are not the lines' sums.
    #[error("the totals are not the sums of the lines")]
    Totals,
    /// Cash rounding takes off or adds more than half of any coin.
    #[error("cash rounding changes more than half of any coin")]
    Rounding,
    /// A gift card or a tip is of less than nothing, or gift cards were paid with gift cards.
    #[error("a gift card or a tip cannot be")]
    Outside,
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
    /// By how much the turnover goes down.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn turnover_share(&self) -> Result<Minor, OutOfRange> {
        self.due.minus(self.outside)
    }

    /// May it take its sale back? `shift` is the void's own, `due` what the sale came to, and what of it was no turnover; nothing,
    /// if there is no such sale to take back (any more).
    pub fn fits(&self, shift: Option<ShiftId>, due: Option<(Minor, Minor)>) -> bool {
        due == Some((self.due, self.outside))
            && shift.is_some_and(|shift| shift.epoch == self.sale.epoch && self.sale.seq > shift.seq)
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
    /// Reckons its figures again from quantity, unit price, what was agreed and rates. Its share of the order's discount is taken
    /// as it stands: only the whole sale says what it should be.
    pub(crate) fn check(&self, mode: TaxMode) -> Result<(), SaleFault> {
        self.follows(&reckon::alone(self.clone(), mode)?)
    }

    /// Is it the same goods for the same money, however that was agreed?
    pub fn is_alike(&self, other: &SaleLine) -> bool {
        let alike = |line: &SaleLine| (line.qty, line.price, line.net, line.gross);
        (&self.sku, &self.taxes, alike(self)) == (&other.sku, &other.taxes, alike(other))
    }

    /// Is it what was reckoned again?
    fn follows(&self, again: &SaleLine) -> Result<(), SaleFault> {
        let deductions = |line: &SaleLine| (line.promotion.clone(), line.discount.clone(), line.order_off, line.price);
        if deductions(self) != deductions(again) {
            return Err(SaleFault::LinePrice);
        }
        if (self.net, &self.taxes, self.gross) != (again.net, &again.taxes, again.gross) {
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
    /// What the customer owed: goods, gift cards and tip, after cash rounding.
    pub fn due(&self) -> Result<Minor, OutOfRange> {
        self.turnover_share()?.plus(self.outside()?)
    }

    /// What of it is turnover: the goods, after cash rounding.
    pub fn turnover_share(&self) -> Result<Minor, OutOfRange> {
        self.totals.gross.plus(self.rounding)
    }

    /// What of it is no turnover: gift cards that were sold, and the tip.
    pub fn outside(&self) -> Result<Minor, OutOfRange> {
        self.gifts_sold()?.plus(self.tip)
    }

    /// What was put on gift cards.
    pub fn gifts_sold(&self) -> Result<Minor, OutOfRange> {
        Minor::sum(self.gifts.iter().map(|sold| sold.amount))
    }

    /// What was paid with gift cards.
    pub fn gifts_redeemed(&self) -> Result<Minor, OutOfRange> {
        Minor::sum(self.tenders.iter().filter(|tender| tender.kind == TenderKind::GiftCard).map(|tender| tender.amount))
    }

    /// Reckons every figure again from quantities, unit prices and what was agreed: what the server does with each sale.
    pub fn check(&self) -> Result<(), SaleFault> {
        let (lines, discount) = self.reckoned()?;
        for (own, again) in self.lines.iter().zip(&lines) {
            own.follows(again)?;
        }
        if discount != self.discount {
            return Err(SaleFault::OrderDiscount);
        }
        if Totals::of(&self.lines)? != self.totals {
            return Err(SaleFault::Totals);
        }
        if self.rounding.0.unsigned_abs() > ROUNDING_MAX.unsigned_abs() {
            return Err(SaleFault::Rounding);
        }
        let without_gifts = self.totals.gross.plus(self.tip)?;
        if self.tip.0 < 0 || !self.gifts.iter().all(GiftSold::is_consistent) || self.gifts_redeemed()? > without_gifts {
            return Err(SaleFault::Outside);
        }
        let paid = Minor::sum(self.tenders.iter().map(|t| t.amount))?;
        let set_off = self.tenders.iter().filter(|tender| tender.kind == TenderKind::Exchange).count();
        let exchanged = set_off == usize::from(self.exchange.is_some());
        if paid != self.due()? || !exchanged || !self.tenders.iter().all(Tender::is_consistent) {
            return Err(SaleFault::Tenders);
        }
        Ok(())
    }

    /// The lines and the order's discount as they follow from quantities, unit prices, rates and agreed amounts.
    pub fn reckoned(&self) -> Result<(Vec<SaleLine>, Option<Discount>), OutOfRange> {
        reckon::finish(self.lines.clone(), self.discount.clone(), self.tax_mode)
    }

    /// Taxes by rate, in the order of code and rate.
    pub fn taxes(&self) -> Vec<TaxTotal> {
        TaxTotal::by_rate(self.lines.iter().map(|line| (line.net, line.taxes.as_slice())))
    }

    /// What people took off, over all lines, the order's discount included. What promotions took off is not in it.
    pub fn discounts(&self) -> Minor {
        let of = |line: &SaleLine| {
            let own = line.discount.as_ref().map_or(0, |discount| discount.amount.0);
            own.saturating_add(line.order_off.0)
        };
        Minor(self.lines.iter().map(of).fold(0, i64::saturating_add))
    }

    /// Change handed back, over all tenders.
    pub fn change(&self) -> Minor {
        Minor(self.tenders.iter().map(|t| t.change.0).fold(0, i64::saturating_add))
    }
}
