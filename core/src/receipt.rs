//! What is printed: a receipt, a refund's slip, a report, as a list of blocks that no printer and no page has shaped yet.
//!
//! [`layout`] makes lines of them for a roll of a certain width, [`escpos`] the bytes for a receipt printer; the page draws the
//! blocks as they are. All three print the same.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Blob,
    config::Config,
    money::Minor,
    refund::Refund,
    view::{ExchangeView, IssuedView, LineView, ReceiptView, ReportView},
};

pub mod code_page;
pub mod escpos;
pub mod layout;

/// Something to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The shop's logo, in the middle.
    Logo(Raster),
    /// Words that are broken into lines where they are too long.
    Words(String, Place, Weight),
    /// A name and, at the end of the line, an amount. The amount is never broken.
    Row(String, String, Weight),
    /// A moment, milliseconds since 1970, and words after it. Whoever prints knows the time zone.
    When(i64, String),
    /// A line across.
    Rule,
    /// An empty line.
    Gap,
    /// A QR code that holds this text.
    Qr(String),
}

/// Where words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the beginning of the line.
    Start,
    /// In the middle.
    Centre,
}

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As the printer prints.
    Plain,
    /// Bold.
    Bold,
    /// Bold, twice as wide and twice as high, where that fits.
    Large,
}

/// A picture in black and white, as receipt printers take it: rows from the top, each of whole bytes, the highest bit first, 1 is
/// black.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raster {
    /// Width in dots; at most [`Raster::WIDTH_MAX`].
    pub width: u16,
    /// Height in dots; at most [`Raster::HEIGHT_MAX`].
    pub height: u16,
    /// `height` rows of `width / 8` bytes, rounded up.
    pub bits: Blob,
}

impl Raster {
    /// As wide as what a 58 mm roll prints, dots.
    pub const WIDTH_MAX: u16 = 384;
    /// The highest logo, dots: about 3 cm.
    pub const HEIGHT_MAX: u16 = 240;

    /// Is it as large as it says, and no larger than it may be?
    pub fn is_whole(&self) -> bool {
        let bytes = usize::from(self.width.div_ceil(8)) * usize::from(self.height);
        (1..=Raster::WIDTH_MAX).contains(&self.width)
            && (1..=Raster::HEIGHT_MAX).contains(&self.height)
            && self.bits.0.len() == bytes
    }
}

impl Document {
    /// A sale's receipt.
    pub fn sale(paid: &ReceiptView) -> Document {
        let mut out = Document::default();
        out.copy(paid.copy);
        if paid.voided.is_some() {
            out.centred("VOIDED", Weight::Large);
            // It may be read long after.
            out.centred("Everything was given back.", Weight::Plain);
        }
        out.blocks.extend(paid.logo.clone().map(Block::Logo));
        out.centred(&paid.shop, Weight::Large);
        paid.head.iter().for_each(|line| out.centred(line, Weight::Plain));
        out.gap();
        out.blocks.push(Block::When(paid.at_ms, paid.till.clone()));
        out.words(&format!("Served by {}", paid.staff));
        if let Some(customer) = &paid.customer {
            out.words(&format!("For {customer}"));
        }
        out.rule();
        paid.lines.iter().for_each(|line| out.line(line));
        paid.gifts.iter().for_each(|gift| out.gift(gift));
        if let Some(back) = &paid.exchange {
            out.rule();
            out.exchange(back);
        }
        out.rule();
        let facts = [
            ("Order", &paid.order_off),
            ("Discounts in it", &paid.discounts),
            ("Tip", &paid.tip),
            ("Cash rounding", &paid.rounding),
        ];
        for (name, amount) in facts {
            if let Some(amount) = amount {
                out.row(name, amount);
            }
        }
        out.blocks.push(Block::Row("Total".into(), paid.total.text.clone(), Weight::Large));
        for part in &paid.tenders {
            out.row(&part.what, &part.amount.text);
        }
        if let Some(handed) = &paid.handed {
            out.row("Cash handed over", handed);
        }
        if paid.change.minor != 0 {
            out.row("Change", &paid.change.text);
        }
        out.rule();
        out.row("Net", &paid.net);
        for (name, net, tax) in &paid.taxes {
            out.row(&format!("{name} · net {net}"), tax);
        }
        for words in [&paid.unauthorised, &paid.note].into_iter().flatten() {
            out.gap();
            out.centred(words, Weight::Plain);
        }
        if !paid.foot.is_empty() {
            out.gap();
            paid.foot.iter().for_each(|line| out.centred(line, Weight::Plain));
        }
        if let Some(text) = &paid.qr {
            out.gap();
            out.blocks.push(Block::Qr(text.clone()));
        }
        out.gap();
        out.centred(&format!("Sale {}", paid.id), Weight::Plain);
        if let Some(chain) = &paid.chain {
            out.centred(&format!("Journal {chain}"), Weight::Plain);
        }
        out.copy(paid.copy);
        out
    }

    /// What came back for it, and how the difference was given back, if it was.
    fn exchange(&mut self, back: &ExchangeView) {
        self.words(&format!("Came back of sale {}", back.of));
        back.lines.iter().chain(&back.given).for_each(|(name, amount)| self.row(name, &amount.text));
    }

    /// Money on a gift card, with its code where it is known: it is printed once, and kept nowhere.
    fn gift(&mut self, gift: &IssuedView) {
        let what = if gift.top_up { "Gift card, topped up" } else { "Gift card" };
        self.row(&format!("{what} ****{}", gift.last4), &gift.amount.text);
        if let Some(until) = gift.until_ms {
            self.blocks.push(Block::When(until, "good until".into()));
        }
        if let Some(code) = &gift.code {
            self.gap();
            self.centred(code, Weight::Bold);
            self.blocks.push(Block::Qr(code.clone()));
        }
    }

    /// The slip of a refund that was written down at `at_ms`.
    pub fn refund(refund: &Refund, at_ms: i64, staff: &str, config: &Config) -> Document {
        let currency = &config.currency;
        let less = |amount: Minor| currency.format(Minor(amount.0.saturating_neg()));
        let mut out = Document::default();
        out.centred("REFUND", Weight::Large);
        out.head(config);
        out.blocks.push(Block::When(at_ms, config.till_name.clone()));
        out.words(&format!("Served by {staff}"));
        out.words(&format!("Of sale {}", refund.of));
        out.rule();
        for line in &refund.lines {
            out.row(&format!("{} × {}", currency.quantity(line.qty), line.sold.name), &less(line.gross));
        }
        out.rule();
        if refund.rounding.0 != 0 {
            out.row("Cash rounding", &less(refund.rounding));
        }
        let due = refund.due().unwrap_or(refund.totals.gross);
        out.blocks.push(Block::Row("Given back".into(), currency.format(due), Weight::Large));
        for given in &refund.tenders {
            out.row(given.kind.words(), &currency.format(given.amount));
        }
        out.rule();
        out.row("Net", &less(refund.totals.net));
        for tax in refund.taxes() {
            let name = config.taxes.iter().find(|known| known.code == tax.code).map_or(&tax.code, |known| &known.name);
            out.row(&format!("{name} · net {}", less(tax.net)), &less(tax.tax));
        }
        out.gap();
        out.words(&format!("Reason: {}", refund.reason));
        out
    }

    /// An X or Z report.
    pub fn report(title: &str, report: &ReportView, config: &Config) -> Document {
        let mut out = Document::default();
        out.centred(title, Weight::Large);
        out.head(config);
        out.words("Shift of");
        out.blocks.push(Block::When(report.opened_at_ms, config.till_name.clone()));
        out.rule();
        for (name, value) in &report.rows {
            out.row(name, value);
        }
        if let Some(difference) = &report.difference {
            out.blocks.push(Block::Row("Difference".into(), difference.text.clone(), Weight::Bold));
        }
        if let Some(head) = &report.head {
            out.rule();
            out.words(&format!("Journal’s head {head}"));
        }
        out
    }

    /// What shows whether a printer prints as it should.
    pub fn test(config: &Config) -> Document {
        let mut out = Document::default();
        out.blocks.extend(config.receipt_logo.clone().map(Block::Logo));
        out.centred("Test print", Weight::Large);
        out.centred(&config.shop_name, Weight::Bold);
        out.rule();
        out.row("Euro, umlauts, accents", "€ äöüß é");
        out.row("Largest amount", &config.currency.format(Minor(crate::money::AMOUNT_MAX)));
        out.blocks.push(Block::Row("Total".into(), config.currency.format(Minor(12_345)), Weight::Large));
        out.rule();
        out.blocks.push(Block::Qr("Barrow test print".into()));
        out
    }

    /// With every text as `words` says it in another language; amounts stay as they are.
    #[must_use]
    pub fn in_words(mut self, words: &dyn Fn(&str) -> String) -> Document {
        for block in &mut self.blocks {
            if let Block::Words(text, ..) | Block::Row(text, ..) | Block::When(_, text) = block {
                let indent = text.len() - text.trim_start().len();
                *text = format!("{}{}", " ".repeat(indent), words(text.trim_start()));
            }
        }
        self
    }

    fn head(&mut self, config: &Config) {
        self.centred(&config.shop_name, Weight::Bold);
        config.receipt_head.iter().for_each(|line| self.centred(line, Weight::Plain));
        self.gap();
    }

    fn copy(&mut self, copy: Option<u32>) {
        if let Some(number) = copy {
            self.centred(&format!("COPY {number}"), Weight::Large);
        }
    }

    fn line(&mut self, line: &LineView) {
        self.row(&line.name, &line.price);
        self.blocks
            .extend(details(line).into_iter().map(|words| Block::Words(format!("  {words}"), Place::Start, Weight::Plain)));
    }

    fn row(&mut self, name: &str, amount: &str) {
        self.blocks.push(Block::Row(name.to_owned(), amount.to_owned(), Weight::Plain));
    }

    fn words(&mut self, words: &str) {
        self.blocks.push(Block::Words(words.to_owned(), Place::Start, Weight::Plain));
    }

    fn centred(&mut self, words: &str, weight: Weight) {
        self.blocks.push(Block::Words(words.to_owned(), Place::Centre, weight));
    }

    fn rule(&mut self) {
        self.blocks.push(Block::Rule);
    }

    fn gap(&mut self) {
        self.blocks.push(Block::Gap);
    }
}

/// What stands under a line's name: how many at what price, what was chosen, said and taken off.
pub fn details(line: &LineView) -> Vec<String> {
    let qty = match line.measure {
        Some(unit) => format!("{} {unit}", line.qty),
        None => line.qty.clone(),
    };
    let plain = line.discount.is_none() && line.promotion.is_none() && line.extras.is_empty();
    let each = match (line.is_one, &line.list_unit) {
        (true, None) if plain => None,
        (_, None) => Some(format!("{qty} × {}", line.unit)),
        (_, Some(list)) => Some(format!("{qty} × {} instead of {list}", line.unit)),
    };
    let said = [&line.note, &line.promotion, &line.discount].into_iter().flatten().cloned();
    each.into_iter().chain(line.extras.iter().cloned()).chain(said).collect()
}
