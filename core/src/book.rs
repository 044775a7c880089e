//! Sales that a till holds, each with what was taken or given back of it.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Hash,
    ids::SaleId,
    journal::{Body, Entry},
    ledger::Paid,
    money::{Milli, Minor, OutOfRange},
    refund::{Refund, upto},
    sale::{Sale, Void},
};

/// Sales by their identity.
///
/// A till forgets entries from the oldest on. So a journal that holds a sale holds every refund and void of it as well, and a book
/// that was made of it knows all that this till gave back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// In the order of their identities, which is that of one till's journal.
    sales: Vec<Paid>,
    /// What was given back of sales that are not here: of other tills, or of shifts that are gone. Each by its line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<(SaleId, u32, Milli)>,
    /// The refund of an exchange whose sale comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exchanging: Option<Box<Refund>>,
}

impl Book {
    /// The book of these entries, which are in the order of their places.
    pub fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Book {
        let mut book = Book::default();
        entries.for_each(|entry| book.apply(entry));
        book
    }

    /// As [`Book::apply`], of an entry that stands in the chain by `hash`.
    pub fn take_in(&mut self, entry: &Entry, hash: Hash) {
        self.apply(entry);
        if let Body::Sale(_) = &entry.body {
            self.stands_by(entry.sale_id(), hash);
        }
    }

    /// Notes by what a sale's entry stands in the chain.
    pub fn stands_by(&mut self, id: SaleId, hash: Hash) {
        if let Some(paid) = self.find_mut(id) {
            paid.hash = Some(hash);
        }
    }

    /// Takes the next entry in.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Sale(sale) => {
                let exchanged = self.exchanging.take();
                self.add(Paid { exchanged, ..Paid::of(entry, sale) });
            }
            Body::SaleVoided(void) => drop(self.void(void)),
            Body::Refund(refund) => {
                self.exchanging = refund.exchange.map(|_| Box::new(refund.clone()));
                self.give_back(refund);
            }
            Body::ReceiptPrinted { of, copy } => self.copied(*of, *copy),
            _ => {}
        }
    }

    /// Adds a sale.
    pub fn add(&mut self, paid: Paid) {
        if let Err(place) = self.place(paid.id) {
            self.sales.insert(place, paid);
        }
    }

    /// Marks a sale as voided, and gives it; nothing, if there is no such sale, or it was voided already.
    pub fn void(&mut self, void: &Void) -> Option<&Paid> {
        let paid = self.find_mut(void.sale).filter(|paid| !paid.voided)?;
        paid.voided = true;
        Some(paid)
    }

    /// Adds a sale that is known by its receipt, less what this till gave back of it.
    pub fn add_known(&mut self, mut paid: Paid) {
        let id = paid.id;
        for (_, line, qty) in self.elsewhere.iter().filter(|(sale, ..)| *sale == id) {
            paid.note_returned(*line, *qty);
        }
        self.add(paid);
    }

    /// Notes what was given back of a sale.
    pub fn give_back(&mut self, refund: &Refund) {
        match self.find_mut(refund.of) {
            Some(paid) => paid.give_back(refund),
            None => self.elsewhere.extend(refund.lines.iter().map(|line| (refund.of, line.line, line.qty))),
        }
    }

    /// Notes that a copy of a sale's receipt was printed, if it is here.
    pub fn copied(&mut self, of: SaleId, copy: u32) {
        if let Some(paid) = self.find_mut(of) {
            paid.copies = paid.copies.max(copy);
        }
    }

    /// The sale with this identity.
    pub fn find(&self, id: SaleId) -> Option<&Paid> {
        self.place(id).ok().and_then(|place| self.sales.get(place))
    }

    /// All sales, oldest first.
    pub fn sales(&self) -> &[Paid] {
        &self.sales
    }

    fn find_mut(&mut self, id: SaleId) -> Option<&mut Paid> {
        self.place(id).ok().and_then(|place| self.sales.get_mut(place))
    }

    /// Where it stands, or where it would.
    fn place(&self, id: SaleId) -> Result<usize, usize> {
        self.sales.binary_search_by_key(&id, |paid| paid.id)
    }
}

impl Paid {
    /// The sale that `entry` is.
    pub fn of(entry: &Entry, sale: &Sale) -> Paid {
        Paid {
            id: entry.sale_id(),
            at_ms: entry.at_ms,
            staff: entry.staff,
            sale: sale.clone(),
            voided: false,
            returned: Vec::new(),
            proof: None,
            exchanged: None,
            copies: 0,
            hash: None,
        }
    }

    /// Was nothing of it taken or given back, and is it no part of an exchange: could it be voided?
    pub fn is_whole(&self) -> bool {
        !self.voided && self.returned.is_empty() && self.sale.exchange.is_none()
    }

    /// How much of a line came back.
    pub fn returned(&self, line: usize) -> Milli {
        self.returned.get(line).copied().unwrap_or(Milli(0))
    }

    /// How much of a line can still come back.
    pub fn left(&self, line: usize) -> Milli {
        let sold = self.sale.lines.get(line).map_or(0, |line| line.qty.0);
        if self.voided { Milli(0) } else { Milli(sold.saturating_sub(self.returned(line).0).max(0)) }
    }

    /// Can anything of it still come back?
    pub fn has_any_left(&self) -> bool {
        (0..self.sale.lines.len()).any(|line| self.left(line).0 > 0)
    }

    /// Is all that `refund` gives back still there to be given back?
    pub fn has_left(&self, refund: &Refund) -> bool {
        refund.lines.iter().all(|line| line.qty <= self.left(line.line as usize))
    }

    /// What was given back of it so far, before cash rounding.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn given_back(&self) -> Result<Minor, OutOfRange> {
        let lines = self.sale.lines.iter().enumerate();
        Minor::sum(lines.map(|(place, line)| Minor(i64::try_from(upto(line.gross, self.returned(place), line.qty)).unwrap_or(0))))
    }

    /// Notes what was given back of it.
    pub fn give_back(&mut self, refund: &Refund) {
        refund.lines.iter().for_each(|line| self.note_returned(line.line, line.qty));
    }

    fn note_returned(&mut self, line: u32, qty: Milli) {
        self.returned.resize(self.sale.lines.len(), Milli(0));
        if let Some(returned) = self.returned.get_mut(line as usize) {
            returned.0 = returned.0.saturating_add(qty.0);
        }
    }
}
