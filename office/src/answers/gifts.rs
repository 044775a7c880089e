//! Gift cards, as the server answers them.

use serde::Deserialize;

/// Gift cards, of `GET /v1/office/gifts`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GiftCards {
    /// ISO 4217 code.
    pub currency: String,
    /// What the shop owes to the holders of all cards.
    pub liability_minor: i64,
    /// What was spent beyond what was on cards.
    pub overdrawn_minor: i64,
    /// The cards, the one that was used last first.
    pub cards: Vec<GiftCard>,
}

/// A gift card; with what happened to it, of `GET /v1/office/gifts/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GiftCard {
    /// Its reference, which is no code.
    pub id: String,
    /// The last four symbols of its code.
    pub last4: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What is on it.
    pub balance_minor: i64,
    /// What was ever put on it.
    pub loaded_minor: i64,
    /// What was spent of it.
    pub spent_minor: i64,
    /// `active`, `empty`, `overdrawn`, `expired`, `unknown` or `blocked`.
    pub state: String,
    /// Until when it can be spent.
    #[serde(default)]
    pub until: Option<String>,
    /// When it was last used, by the till's clock.
    #[serde(default)]
    pub last_at: Option<String>,
    /// Who blocked it.
    #[serde(default)]
    pub blocked_by: Option<String>,
    /// What happened to it, oldest first.
    #[serde(default)]
    pub moves: Vec<GiftMove>,
}

/// One thing that happened to a gift card.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GiftMove {
    /// The sale or refund, `till-epoch-seq`.
    pub sale: String,
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// What.
    pub kind: String,
    /// How much; negative for what was taken.
    pub amount_minor: i64,
    /// What was on the card then.
    pub balance_minor: i64,
    /// The till had not asked the server.
    pub offline: bool,
    /// By the till's clock.
    pub at: String,
    /// Who.
    pub staff: Option<String>,
}

/// Money on a gift card that was sold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GiftSold {
    /// The last four symbols of its code.
    pub last4: String,
    /// How much.
    pub amount_minor: i64,
    /// There was money on it before.
    pub top_up: bool,
}

/// The gift card of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GiftTender {
    /// The last four symbols of its code.
    pub last4: String,
    /// Of a refund: it is new, and store credit.
    pub credit: bool,
}
