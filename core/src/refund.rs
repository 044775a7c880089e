//! Giving money back for what was sold: whole or by line, in any number of parts, and to the cent what was paid.
//!
//! A refund is an entry of its own that refers to the sale; the sale's entry stays as it is. It is complete in itself: what each
//! line came to when it was sold stands in it, so that its figures can be reckoned again from it alone.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    bytes::Blob,
    catalogue::is_false,
    gift::GiftBack,
    ids::{PaymentId, SaleId, Seq},
    ledger::Paid,
    money::{Currency, Milli, Minor, OutOfRange, ROUNDING_MAX, divide_rounding},
    proof::SignedProof,
    reason::Reason,
    sale::{Sale, SaleLine, TaxTotal, Totals},
    tax::{TaxMode, TaxShare},
    tender::{Tender, TenderKind},
};

/// What was given back for a part of a sale. Every amount in it is what the customer gets, and so is positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Of which sale.
    pub of: SaleId,
    /// ISO 4217 code of every amount in it.
    pub currency: String,
    /// Were the sale's prices with or without tax?
    pub tax_mode: TaxMode,
    /// What came back, in the order of the sale's lines.
    pub lines: Vec<RefundLine>,
    /// The lines' sums.
    pub totals: Totals,
    /// What cash rounding added to (or took from) `totals.gross`.
    pub rounding: Minor,
    /// How it was given back; the amounts' sum is `totals.gross + rounding`.
    pub tenders: Vec<GivenBack>,
    /// Why, in the person's words.
    pub reason: String,
    /// The till's turnover without it.
    pub turnover: Minor,
    /// The receipt's proof and signature ([`crate::proof::SignedProof`]), where the till knew the sale by that alone: its lines are
    /// then as the proof states them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Blob>,
    /// In an exchange, the sale that it pays for in part: the entry after. (In a draft, any number.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Seq>,
    /// The goods cannot be sold again: they do not go back to stock.
    #[serde(default, skip_serializing_if = "is_false")]
    pub off_shelf: bool,
}

/// A quantity of one line of a sale that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// The line's place in the sale; the first is 0.
    pub line: u32,
    /// The line as it was sold.
    pub sold: SaleLine,
    /// How much of it had come back before.
    pub before: Milli,
    /// How much of it came back now.
    pub qty: Milli,
    /// Of the line's net: what falls to this quantity.
    pub net: Minor,
    /// Of its taxes.
    pub taxes: Vec<TaxShare>,
    /// Of its gross.
    pub gross: Minor,
}

/// A part of a refund, given back the way it was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// By what means.
    pub kind: TenderKind,
    /// How much; more than nothing.
    pub amount: Minor,
    /// The payment that the server asks the processor to give back, with [`TenderKind::Card`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// The card that it goes to, with [`TenderKind::GiftCard`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift: Option<GiftBack>,
    /// The number on the slip of the terminal that took it, with [`TenderKind::External`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Why nothing was given back, or what is wrong with a refund that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RefundFault {
    /// No line was chosen.
    #[error("Choose what comes back first.")]
    Nothing,
    /// More than was sold, less what came back before.
    #[error("That is more than was sold and has not been refunded yet.")]
    TooMuch,
    /// The sale has no such line.
    #[error("The sale has no such line.")]
    NoLine,
    /// The sale was voided.
    #[error("This sale was voided: everything was given back already.")]
    Voided,
    /// Nothing, or more than comes back, is set off in an exchange.
    #[error("What comes back and what is taken instead cannot be set off against each other.")]
    Credit,
    /// Its figures do not follow from the sale's lines.
    #[error("The refund's figures do not follow from the sale's lines.")]
    Figures,
    /// Its tenders do not add up to it.
    #[error("What was given back does not add up to the refund.")]
    Tenders,
    /// An amount is out of range.
    #[error("This amount is too large for a till.")]
    Range,
}

impl From<OutOfRange> for RefundFault {
    fn from(_: OutOfRange) -> Self {
        RefundFault::Range
    }
}

impl Refund {
    /// What comes of giving `wanted` (lines of the sale by place, with quantities) of `paid` back. `turnover` is the till's before it.
    ///
    /// # Errors
    /// [`RefundFault`]: nothing is wanted, more than is left, or the sale was voided.
    pub fn of(
        paid: &Paid,
        wanted: &[(usize, Milli)],
        currency: &Currency,
        reason: &Reason,
        turnover: Minor,
    ) -> Result<Refund, RefundFault> {
        Refund::less(paid, wanted, currency, reason, None, turnover)
    }

    /// The same in an exchange: `credit` of it is not given back, but pays for the sale that is written right after it.
    ///
    /// # Errors
    /// [`RefundFault`]; [`RefundFault::Credit`] for a credit of nothing, or of more than comes back.
    pub fn in_exchange(
        paid: &Paid,
        wanted: &[(usize, Milli)],
        currency: &Currency,
        reason: &Reason,
        credit: Minor,
        turnover: Minor,
    ) -> Result<Refund, RefundFault> {
        Refund::less(paid, wanted, currency, reason, Some(credit), turnover)
    }

    fn less(
        paid: &Paid,
        wanted: &[(usize, Milli)],
        currency: &Currency,
        reason: &Reason,
        credit: Option<Minor>,
        turnover: Minor,
    ) -> Result<Refund, RefundFault> {
        if paid.voided {
            return Err(RefundFault::Voided);
        }
        let mut wanted: Vec<(usize, Milli)> = wanted.iter().copied().filter(|(_, qty)| qty.0 != 0).collect();
        wanted.sort_by_key(|(line, _)| *line);
        if wanted.is_empty() {
            return Err(RefundFault::Nothing);
        }
        if wanted.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
            return Err(RefundFault::NoLine);
        }
        let line = |(place, qty): &(usize, Milli)| {
            let sold = paid.sale.lines.get(*place).ok_or(RefundFault::NoLine)?;
            let line = u32::try_from(*place).map_err(|_| RefundFault::NoLine)?;
            RefundLine::of(line, sold, paid.returned(*place), *qty)
        };
        let lines = wanted.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        let totals = totals(&lines)?;
        let before = paid.given_back()?;
        let (tenders, rounding) = match credit {
            None => give_back(&paid.sale, before, totals.gross, currency)?,
            Some(credit) if credit.0 <= 0 || credit > totals.gross => return Err(RefundFault::Credit),
            // What is set off stands first in the row of what was paid, so that it is a card's part rather than cash.
            Some(credit) => {
                let (given, rounding) = give_back(&paid.sale, before.plus(credit)?, totals.gross.minus(credit)?, currency)?;
                let set_off = GivenBack::of(TenderKind::Exchange, credit);
                ([set_off].into_iter().chain(given).collect(), rounding)
            }
        };
        Ok(Refund {
            of: paid.id,
            currency: paid.sale.currency.clone(),
            tax_mode: paid.sale.tax_mode,
            lines,
            totals,
            rounding,
            tenders,
            reason: reason.as_str().to_owned(),
            turnover: turnover.minus(totals.gross.plus(rounding)?)?,
            proof: paid.proof.clone(),
            exchange: credit.map(|_| Seq(0)),
            off_shelf: false,
        })
    }

    /// The same, but all of it as store credit on a new card, to the minor unit. A tip and gift cards are no part of it.
    ///
    /// # Errors
    /// [`RefundFault::Range`].
    pub fn as_credit(self, card: GiftBack) -> Result<Refund, RefundFault> {
        let turnover = self.turnover.plus(self.due()?)?.minus(self.totals.gross)?;
        let given = GivenBack { gift: Some(card), ..GivenBack::of(TenderKind::GiftCard, self.totals.gross) };
        let tenders = if self.totals.gross.0 > 0 { vec![given] } else { Vec::new() };
        Ok(Refund { tenders, rounding: Minor::ZERO, turnover, ..self })
    }

    /// What the customer gets back, after cash rounding.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn due(&self) -> Result<Minor, OutOfRange> {
        self.totals.gross.plus(self.rounding)
    }

    /// Reckons every figure again from the lines as they were sold: what till and server do with each refund.
    ///
    /// # Errors
    /// The [`RefundFault`] that it has.
    pub fn check(&self) -> Result<(), RefundFault> {
        if self.lines.is_empty() {
            return Err(RefundFault::Nothing);
        }
        if !self.lines.windows(2).all(|pair| matches!(pair, [a, b] if a.line < b.line)) {
            return Err(RefundFault::NoLine);
        }
        let stated = self.stated()?;
        for line in &self.lines {
            match &stated {
                None => line.sold.check(self.tax_mode).map_err(|_| RefundFault::Figures)?,
                Some(sale) if !sale.lines.get(line.line as usize).is_some_and(|own| line.sold.is_alike(own)) => {
                    return Err(RefundFault::Figures);
                }
                Some(_) => {}
            }
            if *line != RefundLine::of(line.line, &line.sold, line.before, line.qty)? {
                return Err(RefundFault::Figures);
            }
        }
        if totals(&self.lines)? != self.totals {
            return Err(RefundFault::Figures);
        }
        // What comes back lies between two amounts that were each rounded.
        if self.rounding.0.unsigned_abs() > 2 * ROUNDING_MAX.unsigned_abs() {
            return Err(RefundFault::Figures);
        }
        let given = Minor::sum(self.tenders.iter().map(|tender| tender.amount))?;
        let set_off = self.tenders.iter().filter(|given| given.kind == TenderKind::Exchange).count();
        if set_off != usize::from(self.exchange.is_some()) {
            return Err(RefundFault::Tenders);
        }
        if given != self.due()? || !self.tenders.iter().all(GivenBack::is_consistent) {
            return Err(RefundFault::Tenders);
        }
        Ok(())
    }

    /// The sale as the receipt's proof states it, if the refund is of one that was known by that alone.
    ///
    /// # Errors
    /// [`RefundFault::Figures`]: the proof is none, or one of another sale.
    fn stated(&self) -> Result<Option<Sale>, RefundFault> {
        let Some(bytes) = &self.proof else { return Ok(None) };
        let (proof, _) = SignedProof::read(&bytes.0).map_err(|_| RefundFault::Figures)?;
        let sale = proof.sale(str::to_owned).filter(|_| proof.sale == self.of).ok_or(RefundFault::Figures)?;
        let same = (&sale.currency, sale.tax_mode) == (&self.currency, self.tax_mode);
        if same { Ok(Some(sale)) } else { Err(RefundFault::Figures) }
    }

    /// Is it one of this sale: of its money, its lines, and of payments that it has?
    pub fn fits(&self, sale: &Sale) -> bool {
        let has_line = |line: &RefundLine| match sale.lines.get(line.line as usize) {
            Some(own) if self.proof.is_some() => line.sold.is_alike(own),
            own => own == Some(&line.sold),
        };
        (&self.currency, self.tax_mode) == (&sale.currency, sale.tax_mode)
            && self.lines.iter().all(has_line)
            && self.tenders.iter().all(|given| {
                given.kind == TenderKind::Exchange
                    || given.is_credit()
                    || sale.tenders.iter().any(|tender| given.was_paid_by(tender))
            })
    }

    /// Taxes by rate, in the order of code and rate.
    pub fn taxes(&self) -> Vec<TaxTotal> {
        TaxTotal::by_rate(self.lines.iter().map(|line| (line.net, line.taxes.as_slice())))
    }

    /// The card payments of which a part goes back, and how much.
    pub fn card_payments(&self) -> impl Iterator<Item = (PaymentId, Minor)> + '_ {
        self.tenders.iter().filter_map(|given| Some((given.payment?, given.amount)))
    }
}

impl RefundLine {
    /// `qty` of a line that was `sold`, of which `before` had come back.
    ///
    /// # Errors
    /// [`RefundFault::TooMuch`], [`RefundFault::Range`].
    fn of(line: u32, sold: &SaleLine, before: Milli, qty: Milli) -> Result<RefundLine, RefundFault> {
        let after = Milli(before.0.checked_add(qty.0).ok_or(RefundFault::TooMuch)?);
        if qty.0 <= 0 || before.0 < 0 || after > sold.qty {
            return Err(RefundFault::TooMuch);
        }
        let part = |whole: Minor| Minor::checked(upto(whole, after, sold.qty) - upto(whole, before, sold.qty));
        let gross = part(sold.gross)?;
        let taxes = sold
            .taxes
            .iter()
            .map(|tax| Ok(TaxShare { code: tax.code.clone(), rate: tax.rate, amount: part(tax.amount)? }))
            .collect::<Result<Vec<_>, OutOfRange>>()?;
        let net = gross.minus(Minor::sum(taxes.iter().map(|tax| tax.amount))?)?;
        Ok(RefundLine { line, sold: sold.clone(), before, qty, net, taxes, gross })
    }
}

impl GivenBack {
    fn of(kind: TenderKind, amount: Minor) -> GivenBack {
        GivenBack { kind, amount, payment: None, gift: None, reference: None }
    }

    /// Is it store credit, in place of what the sale was paid with?
    pub fn is_credit(&self) -> bool {
        self.gift.as_ref().is_some_and(|gift| gift.credit)
    }

    fn is_consistent(&self) -> bool {
        self.amount.0 > 0
            && (self.kind == TenderKind::Card) == self.payment.is_some()
            && (self.kind == TenderKind::GiftCard) == self.gift.is_some()
            && (self.kind == TenderKind::External) == self.reference.is_some()
    }

    fn was_paid_by(&self, tender: &Tender) -> bool {
        // What goods paid that came back goes back in cash, should it come to that.
        (self.kind == tender.kind || (self.kind, tender.kind) == (TenderKind::Cash, TenderKind::Exchange))
            && self.payment == tender.card.as_ref().map(|card| card.payment)
            && self.gift.as_ref().map(|gift| gift.card) == tender.gift.as_ref().map(|gift| gift.card)
            && self.reference == tender.reference
            && (self.kind == TenderKind::Cash || self.amount <= tender.amount)
    }
}

/// What of `whole` falls to the first `qty` of `sold`, rounded half away from zero. What falls to any further quantity is the
/// difference of two of these: that is why the parts of every split add up to the whole.
pub(crate) fn upto(whole: Minor, qty: Milli, sold: Milli) -> i128 {
    divide_rounding(i128::from(whole.0) * i128::from(qty.0), i128::from(sold.0))
}

fn totals(lines: &[RefundLine]) -> Result<Totals, OutOfRange> {
    let net = Minor::sum(lines.iter().map(|line| line.net))?;
    let gross = Minor::sum(lines.iter().map(|line| line.gross))?;
    Ok(Totals { net, gross, tax: gross.minus(net)? })
}

/// How `gross` of a sale goes back of which `before` had gone back, and what cash rounding adds to it.
///
/// The sale's payments stand in a row, cards first, then terminals, gift cards and cash (and what was paid by an exchange, as cash);
/// what has been given back is counted along that row. A tip and gift cards that were sold are the end of the row, which no refund
/// reaches.
/// Cash is rounded as a running sum, so that all of it comes to the cash that was paid.
fn give_back(sale: &Sale, before: Minor, gross: Minor, currency: &Currency) -> Result<(Vec<GivenBack>, Minor), OutOfRange> {
    let after = before.plus(gross)?;
    let mut given = Vec::new();
    let mut from = Minor::ZERO;
    for kind in [TenderKind::Card, TenderKind::External, TenderKind::GiftCard] {
        for tender in sale.tenders.iter().filter(|tender| tender.kind == kind) {
            let to = from.plus(tender.amount)?;
            let amount = Minor((after.0.min(to.0) - before.0.max(from.0)).max(0));
            if amount.0 > 0 {
                let gift = tender.gift.as_ref().map(|paid| GiftBack {
                    card: paid.card,
                    last4: paid.last4.clone(),
                    credit: false,
                    until_ms: None,
                });
                let payment = tender.card.as_ref().map(|card| card.payment);
                given.push(GivenBack { payment, gift, reference: tender.reference.clone(), ..GivenBack::of(kind, amount) });
            }
            from = to;
        }
    }
    let is_cash = |tender: &&Tender| matches!(tender.kind, TenderKind::Cash | TenderKind::Exchange);
    let cash_paid = Minor::sum(sale.tenders.iter().filter(is_cash).map(|tender| tender.amount))?;
    let owed_in_cash = sale.totals.gross.minus(from)?;
    let all_is_goods = sale.outside()? == Minor::ZERO;
    let (start, end) = (clamped(before.minus(from)?, owed_in_cash), clamped(after.minus(from)?, owed_in_cash));
    let paid_out =
        |owed: Minor| if owed == owed_in_cash && all_is_goods { cash_paid } else { currency.round_cash(owed).min(cash_paid) };
    let cash = paid_out(end).minus(paid_out(start))?;
    if cash.0 > 0 {
        given.push(GivenBack::of(TenderKind::Cash, cash));
    }
    Ok((given, cash.minus(end.minus(start)?)?))
}

fn clamped(amount: Minor, most: Minor) -> Minor {
    Minor(amount.0.min(most.0).max(0))
}
