//! The bytes of a receipt's proof: shorter than CBOR, because they have to be printed.
//!
//! Numbers are LEB128 (7 bits a byte, the lowest first); amounts that may be negative are zigzagged first. Texts have their length
//! in bytes before them.
//!
//! ```text
//! version (1 byte) | shop | till | epoch | seq | entry's hash (32 bytes) | at_ms | currency (3 letters)
//! flags (1 byte: 1 prices without tax, 2 with lines, 4 with more) | net ± | gross ± | rounding ± | with more: tip and gift cards ±
//! number of payments | each: 0 amount | 1 amount, payment (16 bytes), scheme (1 byte), last four | 2 amount, reference | 3 amount
//!                      | 4 amount, gift card (16 bytes), last four
//! with lines: number of tax sets | each: number of taxes | each: code, rate (millionths)
//!             number of lines    | each: SKU, quantity (thousandths), price ±, its tax set
//! ```

use super::{BadReceipt, FORMAT, Line, Payment, ReceiptProof};
use crate::{
    bytes::Hash,
    card::Brand,
    gift::GiftRef,
    ids::{Epoch, PaymentId, SaleId, Seq, ShopId, TillId},
    money::{AMOUNT_MAX, Milli, Minor},
    tax::{Ppm, TaxMode},
};

const WITHOUT_TAX: u8 = 1;
const WITH_LINES: u8 = 2;
const WITH_OUTSIDE: u8 = 4;
const CASH: u8 = 0;
const CARD: u8 = 1;
const EXTERNAL: u8 = 2;
const EXCHANGE: u8 = 3;
const GIFT: u8 = 4;
/// No list and no text in a proof is longer.
const LENGTH_MAX: usize = 255;

/// The schemes by their number here. The order is frozen; a new one stands at the end.
const BRANDS: [Brand; 9] = [
    Brand::Other,
    Brand::Visa,
    Brand::Mastercard,
    Brand::Amex,
    Brand::Discover,
    Brand::Diners,
    Brand::Jcb,
    Brand::UnionPay,
    Brand::Maestro,
];

impl ReceiptProof {
    /// The bytes that are signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        for number in [self.shop.0, self.sale.till.0, u64::from(self.sale.epoch.0), self.sale.seq.0] {
            push_number(&mut out, number);
        }
        out.extend_from_slice(&self.entry.0);
        push_number(&mut out, self.at_ms.max(0).unsigned_abs());
        push_text(&mut out, &self.currency);
        let mode = if self.tax_mode == TaxMode::Exclusive { WITHOUT_TAX } else { 0 };
        let lines = if self.lines.is_some() { WITH_LINES } else { 0 };
        let outside = if self.outside == Minor::ZERO { 0 } else { WITH_OUTSIDE };
        out.push(mode | lines | outside);
        for amount in [self.net, self.gross, self.rounding] {
            push_amount(&mut out, amount);
        }
        if outside != 0 {
            push_amount(&mut out, self.outside);
        }
        push_number(&mut out, self.paid.len() as u64);
        for part in &self.paid {
            match part {
                Payment::Cash(amount) => {
                    out.push(CASH);
                    push_amount(&mut out, *amount);
                }
                Payment::Exchange(amount) => {
                    out.push(EXCHANGE);
                    push_amount(&mut out, *amount);
                }
                Payment::Card { amount, payment, brand, last4 } => {
                    out.push(CARD);
                    push_amount(&mut out, *amount);
                    out.extend_from_slice(&payment.0);
                    let place = BRANDS.iter().position(|known| known == brand).unwrap_or(0);
                    push_number(&mut out, place as u64);
                    push_text(&mut out, last4);
                }
                Payment::Gift { amount, card, last4 } => {
                    out.push(GIFT);
                    push_amount(&mut out, *amount);
                    out.extend_from_slice(&card.0);
                    push_text(&mut out, last4);
                }
                Payment::External { amount, reference } => {
                    out.push(EXTERNAL);
                    push_amount(&mut out, *amount);
                    push_text(&mut out, reference);
                }
            }
        }
        if let Some(lines) = &self.lines {
            push_lines(&mut out, lines);
        }
        out
    }

    /// Reads what [`ReceiptProof::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`BadReceipt::Unreadable`], [`BadReceipt::Newer`].
    pub fn from_bytes(bytes: &[u8]) -> Result<ReceiptProof, BadReceipt> {
        match bytes.first() {
            Some(&FORMAT) => {}
            Some(version) if *version > FORMAT => return Err(BadReceipt::Newer),
            _ => return Err(BadReceipt::Unreadable),
        }
        let proof = Reader(bytes.get(1..).unwrap_or_default()).proof().ok_or(BadReceipt::Unreadable)?;
        // One way of writing it, so that what was signed is what is read.
        if proof.to_bytes() == bytes { Ok(proof) } else { Err(BadReceipt::Unreadable) }
    }
}

fn push_lines(out: &mut Vec<u8>, lines: &[Line]) {
    let mut sets: Vec<&[(String, Ppm)]> = Vec::new();
    let places: Vec<usize> = lines
        .iter()
        .map(|line| {
            sets.iter().position(|set| *set == line.taxes.as_slice()).unwrap_or_else(|| {
                sets.push(&line.taxes);
                sets.len() - 1
            })
        })
        .collect();
    push_number(out, sets.len() as u64);
    for set in sets {
        push_number(out, set.len() as u64);
        for (code, rate) in set {
            push_text(out, code);
            push_number(out, u64::from(rate.0));
        }
    }
    push_number(out, lines.len() as u64);
    for (line, set) in lines.iter().zip(places) {
        push_text(out, &line.sku);
        push_number(out, line.qty.0.max(0).unsigned_abs());
        push_amount(out, line.price);
        push_number(out, set as u64);
    }
}

pub(super) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn push_amount(out: &mut Vec<u8>, amount: Minor) {
    push_number(out, ((amount.0 << 1) ^ (amount.0 >> 63)) as u64);
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// What is left to be read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn proof(mut self) -> Option<ReceiptProof> {
        let shop = ShopId(self.number()?);
        let sale = self.sale()?;
        let entry = Hash(self.array()?);
        let at_ms = i64::try_from(self.number()?).ok()?;
        let currency = self.text()?;
        let flags = self.byte()?;
        let tax_mode = if flags & WITHOUT_TAX == 0 { TaxMode::Inclusive } else { TaxMode::Exclusive };
        let (net, gross, rounding) = (self.amount()?, self.amount()?, self.amount()?);
        let outside = if flags & WITH_OUTSIDE == 0 { Minor::ZERO } else { self.amount()? };
        let paid = self.list(Reader::payment)?;
        let lines = if flags & WITH_LINES == 0 {
            None
        } else {
            let sets = self.list(|reader| reader.list(|reader| Some((reader.text()?, Ppm(reader.small()?)))))?;
            Some(self.list(|reader| {
                let (sku, qty, price) = (reader.text()?, reader.number()?, reader.amount()?);
                let qty = Milli(i64::try_from(qty).ok().filter(|qty| (1..=AMOUNT_MAX).contains(qty))?);
                let taxes = sets.get(usize::try_from(reader.number()?).ok()?)?.clone();
                Some(Line { sku, qty, price, taxes })
            })?)
        };
        let whole = self.0.is_empty() && flags & !(WITHOUT_TAX | WITH_LINES | WITH_OUTSIDE) == 0;
        whole.then_some(ReceiptProof { shop, sale, entry, at_ms, currency, tax_mode, net, gross, rounding, outside, paid, lines })
    }

    fn payment(&mut self) -> Option<Payment> {
        let (kind, amount) = (self.byte()?, self.amount()?);
        match kind {
            CASH => Some(Payment::Cash(amount)),
            EXCHANGE => Some(Payment::Exchange(amount)),
            CARD => {
                let payment = PaymentId(self.array()?);
                let brand = *BRANDS.get(usize::try_from(self.number()?).ok()?)?;
                Some(Payment::Card { amount, payment, brand, last4: self.text()? })
            }
            GIFT => Some(Payment::Gift { amount, card: GiftRef(self.array()?), last4: self.text()? }),
            EXTERNAL => Some(Payment::External { amount, reference: self.text()? }),
            _ => None,
        }
    }

    pub(super) fn sale(&mut self) -> Option<SaleId> {
        Some(SaleId { till: TillId(self.number()?), epoch: Epoch(self.small()?), seq: Seq(self.number()?) })
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn amount(&mut self) -> Option<Minor> {
        let zigzag = self.number()?;
        let amount = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        Minor::checked(i128::from(amount)).ok()
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= LENGTH_MAX)
    }

    fn text(&mut self) -> Option<String> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let text = std::str::from_utf8(text).ok()?;
        (!text.chars().any(char::is_control)).then(|| text.to_owned())
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
        (0..self.length()?).map(|_| read(self)).collect()
    }
}
