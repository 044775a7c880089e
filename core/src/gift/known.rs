//! What a till knows of gift cards: the server's word, and what this till has done with a card since.

use serde::{Deserialize, Serialize};

use super::GiftRef;
use crate::{
    ids::Seq,
    journal::{Body, Entry},
    ledger::Paid,
    money::Minor,
};

/// The most cards that a till remembers. The one that nobody has shown for longest goes first.
pub const CARDS_KEPT_MAX: usize = 500;

/// The cards that a till knows of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftBook {
    cards: Vec<KnownCard>,
}

/// A card that this till has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCard {
    /// Which.
    pub card: GiftRef,
    /// What the server said last, if it was ever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// It was loaded at this till.
    #[serde(default)]
    pub loaded: bool,
    /// What this till put on it, or took from it, that is not in the server's word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    moves: Vec<Move>,
    /// Until when it can be spent, as far as is known, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// When it was last seen here, milliseconds since 1970.
    pub seen_ms: i64,
}

/// What the server said of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its balance; nothing, where no till's journal has told of this card yet.
    pub balance: Option<Minor>,
    /// Up to which of this till's entries that counts.
    pub upto: Seq,
    /// The office blocked it.
    #[serde(default)]
    pub blocked: bool,
    /// Until when it can be spent, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// When the till asked, by its own clock, milliseconds since 1970.
    pub at_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Move {
    seq: Seq,
    amount: Minor,
    offline: bool,
}

impl KnownCard {
    /// Its balance, as far as is known: nothing, if neither the server nor a sale of this till ever told of it.
    pub fn balance(&self) -> Option<Minor> {
        let told = self.told.and_then(|told| told.balance);
        if told.is_none() && !self.loaded {
            return None;
        }
        let moved = self.moves.iter().map(|moved| moved.amount.0).fold(0, i64::saturating_add);
        Some(Minor(told.unwrap_or_default().0.saturating_add(moved)))
    }

    /// What was taken from it here without the server's word since that was heard last.
    pub fn taken_offline(&self) -> Minor {
        let taken = self.moves.iter().filter(|moved| moved.offline).map(|moved| moved.amount.0).fold(0, i64::saturating_add);
        Minor(taken.saturating_neg().max(0))
    }

    /// When what is known was last right, milliseconds since 1970.
    pub fn as_of_ms(&self) -> i64 {
        self.told.map_or(self.seen_ms, |told| told.at_ms)
    }
}

impl GiftBook {
    /// The card with this reference.
    pub fn find(&self, card: GiftRef) -> Option<&KnownCard> {
        self.place(card).ok().and_then(|place| self.cards.get(place))
    }

    /// Takes the next entry in; `voided` is the sale that it takes back, if it does and the sale is known.
    pub(crate) fn apply(&mut self, entry: &Entry, voided: Option<&Paid>) {
        let (seq, at_ms) = (entry.seq, entry.at_ms);
        match &entry.body {
            Body::Sale(sale) => {
                for sold in &sale.gifts {
                    let card = self.seen(sold.card, at_ms);
                    card.loaded = true;
                    card.until_ms = sold.until_ms;
                    card.moves.push(Move { seq, amount: sold.amount, offline: false });
                }
                for tender in &sale.tenders {
                    if let Some(gift) = &tender.gift {
                        let amount = Minor(tender.amount.0.saturating_neg());
                        self.seen(gift.card, at_ms).moves.push(Move { seq, amount, offline: gift.offline });
                    }
                }
            }
            Body::SaleVoided(_) => {
                let Some(paid) = voided else { return };
                for sold in &paid.sale.gifts {
                    let amount = Minor(sold.amount.0.saturating_neg());
                    self.seen(sold.card, at_ms).moves.push(Move { seq, amount, offline: false });
                }
                for tender in &paid.sale.tenders {
                    if let Some(gift) = &tender.gift {
                        self.seen(gift.card, at_ms).moves.push(Move { seq, amount: tender.amount, offline: gift.offline });
                    }
                }
            }
            Body::Refund(refund) => {
                for given in &refund.tenders {
                    if let Some(gift) = &given.gift {
                        let card = self.seen(gift.card, at_ms);
                        card.loaded |= gift.credit;
                        if gift.credit {
                            card.until_ms = gift.until_ms;
                        }
                        card.moves.push(Move { seq, amount: given.amount, offline: false });
                    }
                }
            }
            Body::GiftChecked { card, told, .. } => {
                let card = self.seen(*card, at_ms);
                card.told = Some(*told);
                card.until_ms = told.until_ms.or(card.until_ms);
                card.moves.retain(|moved| moved.seq > told.upto);
                // What the server has not heard of yet was loaded here, and that is still to come.
                card.loaded &= told.balance.is_none();
            }
            _ => {}
        }
    }

    /// The card, seen now. One that is new takes the place of the one that was not seen for longest.
    fn seen(&mut self, card: GiftRef, at_ms: i64) -> &mut KnownCard {
        if self.place(card).is_err() && self.cards.len() >= CARDS_KEPT_MAX {
            let oldest = self.cards.iter().enumerate().min_by_key(|(_, card)| card.seen_ms).map(|(place, _)| place);
            oldest.map(|place| self.cards.remove(place));
        }
        let place = self.place(card).unwrap_or_else(|place| {
            let new = KnownCard { card, told: None, loaded: false, moves: Vec::new(), until_ms: None, seen_ms: at_ms };
            self.cards.insert(place, new);
            place
        });
        let known = &mut self.cards[place];
        known.seen_ms = at_ms;
        known
    }

    fn place(&self, card: GiftRef) -> Result<usize, usize> {
        self.cards.binary_search_by_key(&card, |known| known.card)
    }

    /// Does it know of none? Snapshots of tills without gift cards stay as they are.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }
}
